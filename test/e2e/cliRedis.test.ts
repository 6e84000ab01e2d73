import { createServer } from "node:net";
import { startRedis } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

const config = `
import { asset, daily, project } from "infill";
const days = daily({ start: "2024-01-01", end: "2024-02-01" });
export default project({ namespace: "NAMESPACE", assets: [asset({ name: "sales", partitions: days, materialize() {} })] });
`;

let project: CommandProject;
beforeAll(() => {
  project = commandProject(config);
});
afterAll(() => project.close());

function withRedis(args: readonly string[], url: string) {
  return project.run(args, { env: { REDIS_URL: url } });
}

test("where nobody listens, the answer is clear within five seconds and holds no password", async () => {
  const startedMs = performance.now();
  const run = await withRedis(
    ["backfill", "create", "sales"],
    "redis://someone:sekret@127.0.0.1:1",
  );
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect([run.exitCode, run.stdout]).toEqual([9, ""]);
  expect(run.stderr).toMatch(/^error INFILL_REDIS_UNREACHABLE: .*127\.0\.0\.1:1.*\n$/);
  expect(run.stderr).not.toContain("sekret");
});

test("a server that accepts and never answers is unreachable too", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Bug: not a TCP address");
  const timed = async (url: string) => {
    const startedMs = performance.now();
    const run = await withRedis(["asset", "list"], url);
    return { run, tookMs: performance.now() - startedMs };
  };
  // What a busy machine takes to start the command does not count.
  const startup = await timed("redis://127.0.0.1:1");
  const { run, tookMs } = await timed(`redis://127.0.0.1:${address.port}`);
  expect(tookMs - startup.tookMs).toBeLessThan(5_000);
  expect(run.exitCode).toBe(9);
  expect(run.stderr).toMatch(/^error INFILL_REDIS_UNREACHABLE: .*\n$/);
  server.close();
});

test.concurrent.each(["localhost:6379", "http://127.0.0.1", "redis://", "redis://:sekret@ x"])(
  "the address %j is refused",
  async (url) => {
    const run = await withRedis(["asset", "list"], url);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/^error INFILL_REDIS_URL_INVALID: .*\n$/);
    expect(run.stderr).not.toContain("sekret");
  },
);

test("a Redis that may evict keys is refused with the setting to change", async () => {
  const redis = await startRedis({ maxmemoryPolicy: "allkeys-lru" });
  try {
    const commands = [["asset", "list"], ["worker", "start"], ["planner", "start"], ["check"]];
    const runs = await Promise.all(commands.map((args) => withRedis(args, redis.url)));
    for (const run of runs) {
      expect([run.exitCode, run.stdout]).toEqual([9, ""]);
      expect(run.stderr).toMatch(/^error INFILL_REDIS_EVICTS: .*maxmemory-policy.*noeviction.*\n$/);
    }
  } finally {
    await redis.stop();
  }
});

test("a Redis without persistence is a warning that says what may be lost", async () => {
  const redis = await startRedis({ appendonly: false });
  try {
    const create = await withRedis(["backfill", "create", "sales", "--json"], redis.url);
    expect(create.exitCode).toBe(0);
    expect(JSON.parse(create.stdout)).toMatchObject({ type: "backfill_created" });
    expect(create.stderr).toMatch(/^warning: Redis keeps nothing on disk: a restart loses/m);
    const check = await withRedis(["check", "--json"], redis.url);
    expect(JSON.parse(check.stdout)).toMatchObject({
      type: "check",
      redis: { url: redis.url, origin: "REDIS_URL", appendOnly: false },
      warnings: [
        expect.stringContaining("appendonly"),
        expect.stringContaining("No worker serves"),
      ],
    });
  } finally {
    await redis.stop();
  }
});

test("check without Redis looks at the definitions only", async () => {
  const run = await withRedis(["check", "--offline", "--json"], "redis://127.0.0.1:1");
  expect(run.exitCode).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({ project: { assets: 1, pools: ["default"] } });
});

let badFiles = 0;

test.concurrent.each([
  ["export default [];", "INFILL_PROJECT_INVALID"],
  ["const a = ;", "INFILL_PROJECT_INVALID"],
  [
    'import { staticPartitions } from "infill"; staticPartitions(["us", "us"]);',
    "INFILL_STATIC_KEY_DUPLICATE",
  ],
  ['import { daily } from "infill"; daily({ start: "2024-02-30" });', "INFILL_"],
  [
    'import { asset, project } from "infill"; const a = () => asset({ name: "a", materialize() {} }); export default project({ assets: [a(), a()] });',
    "INFILL_ASSET_DUPLICATE",
  ],
])("the project file %j is refused, whatever Redis is", async (text, code) => {
  const file = `bad${badFiles++}.config.ts`;
  project.write(file, text);
  const run = await project.run(["asset", "list", "--project", file], {
    env: { REDIS_URL: "redis://127.0.0.1:1" },
  });
  expect([run.exitCode, run.stdout]).toEqual([2, ""]);
  expect(run.stderr).toMatch(new RegExp(`^error ${code}[A-Z_]*: .*bad\\d\\.config\\.ts.*\\n$`));
});
