import "./setup/requireNode.mjs";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, quietEnvironment } from "./setup/build.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { ensureRedisServer } from "./setup/redisServer.mjs";
import { beforeExit, root, run, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";

const program = join(root, "examples", "flights", "demo.mjs");
const directory = join(root, ".infill", "demo-redis");

/** The server that `REDIS_URL` names, or one for this run alone. */
async function demoRedisUrl() {
  const given = process.env["REDIS_URL"];
  if (given) return given;
  const { startRedis } = await import("@infill/test-support");
  rmSync(directory, { recursive: true, force: true });
  const server = await startRedis({ appendonly: true, directory });
  beforeExit(() => server.stop());
  console.error(`Redis for this run: ${server.url}, data in .infill/demo-redis.`);
  return server.url;
}

await runScript(async () => {
  if (!existsSync(program)) {
    throw new SetupError(
      "examples/flights/demo.mjs is not in this checkout: get a whole one and run the command again.",
    );
  }
  await ensureNodeModules();
  await ensureRedisServer();
  if (!(await build(["@infill/example-flights...", "@infill/test-support"])))
    throw new SetupError("The build failed, for the reason above.");
  const env = { ...quietEnvironment(), REDIS_URL: await demoRedisUrl() };
  const { code } = await run(process.execPath, [program, ...process.argv.slice(2)], { env });
  return code;
});
