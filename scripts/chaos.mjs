import "./setup/requireNode.mjs";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./setup/build.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { ensureRedisServer } from "./setup/redisServer.mjs";
import { root, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";

await runScript(async () => {
  const args = process.argv.slice(2);
  if (!args.includes("--no-build")) {
    await ensureNodeModules();
    await ensureRedisServer();
    if (!(await build(["@infill/test..."])))
      throw new SetupError("The build failed, for the reason above.");
  }
  const path = join(root, "test", "dist", "chaos", "main.js");
  if (!existsSync(path)) throw new SetupError("test/chaos is not built: leave --no-build out.");
  const { main } = await import(pathToFileURL(path).href);
  return main(args);
});
