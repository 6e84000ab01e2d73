import "./setup/requireNode.mjs";
import { statSync } from "node:fs";
import { join } from "node:path";
import { installedCommand } from "./setup/build.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { root, run, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";

/**
 * Runs conformance vectors: `npm run conformance -- DIR…`, by default the four folders of `test/conformance`.
 * Prints a line for each failure and, last, `N passed, N failed`; the exit code is 1 if any failed.
 */
await runScript(async () => {
  const given = process.argv.slice(2);
  const folders =
    given.length > 0
      ? given
      : ["vectors", "random", "beyond", "reports"].map((name) => inConformance(name));
  for (const folder of folders) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new SetupError(`There is no folder ${folder}: name one that holds vectors as JSON.`);
  }
  await ensureNodeModules();
  const { code } = await run(installedCommand("tsc"), ["-b", inConformance()], { toStderr: true });
  if (code !== 0) throw new SetupError("The build failed, for the reason above.");
  const main = join(root, "test", "dist", "conformance", "main.js");
  return (await run(process.execPath, [main, ...folders])).code;
});

/** @param {readonly string[]} parts */
function inConformance(...parts) {
  return join(root, "test", "conformance", ...parts);
}
