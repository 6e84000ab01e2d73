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
    // A server that somebody else uses is not for breaking: there has to be one to start here.
    delete process.env["REDIS_URL"];
    await ensureRedisServer();
    if (!(await build(["@infill/test..."])))
      throw new SetupError("The build failed, for the reason above.");
  }
  const path = join(root, "test", "dist", "chaos", "main.js");
  const isBuilt = [path, join(root, "packages", "infill", "dist", "bin.js")].every((file) =>
    existsSync(file),
  );
  if (!isBuilt || !existsSync(join(root, "node_modules")))
    throw new SetupError(
      "test/chaos is not built: run npm ci and npm run build, or leave --no-build out.",
    );
  const { main } = await import(pathToFileURL(path).href);
  return main(args);
});
