import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { eventually, type NodeProcess, startRedis } from "@infill/test-support";
import { Redis } from "ioredis";
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
    expect(create.stderr).toMatch(/^warning: Redis saves nothing to disk. A restart loses/m);
    const check = await withRedis(["check", "--json"], redis.url);
    expect(JSON.parse(check.stdout)).toMatchObject({
      type: "check",
      redis: { url: redis.url, origin: "REDIS_URL", appendOnly: false },
      warnings: [
        expect.stringContaining("appendonly"),
        "No planner is running: infill planner start.",
        expect.stringContaining("No worker serves"),
      ],
    });
  } finally {
    await redis.stop();
  }
});

/** Ends what was started, and says with what. */
async function stopped(commands: readonly NodeProcess[]) {
  for (const command of commands) command.kill("SIGTERM");
  return Promise.all(commands.map((command) => command.exited));
}

test("a Redis without memory is told by create, pause and the doctor, each in a sentence with the remedy", async () => {
  const redis = await startRedis({ appendonly: true });
  const admin = new Redis(redis.url);
  try {
    const created = await withRedis(["backfill", "create", "sales", "-q"], redis.url);
    await admin.config("SET", "maxmemory", "1");
    const [create, pause, doctor] = await Promise.all([
      withRedis(
        ["backfill", "create", "sales", "--reprocess", "all", "--redis-wait", "5s"],
        redis.url,
      ),
      withRedis(["backfill", "pause", created.stdout.trim(), "--redis-wait", "5s"], redis.url),
      withRedis(["doctor", "--redis-wait", "5s"], redis.url),
    ]);
    for (const run of [create, pause]) {
      expect([run.exitCode, run.stdout]).toEqual([9, ""]);
      expect(run.stderr).toMatch(
        /^error INFILL_REDIS_NOT_READY: .*no memory left.*Raise maxmemory/m,
      );
      // What it waited for was told before it gave up.
      expect(run.stderr.indexOf("no memory left")).toBeLessThan(run.stderr.indexOf("error INFILL"));
    }
    // It reads, so it has an answer of its own, or says why it has none.
    expect([0, 9, 10]).toContain(doctor.exitCode);
    if (doctor.exitCode === 9) expect(doctor.stderr).toMatch(/no memory left.*Raise maxmemory/);
    expect(doctor.stderr).not.toContain("EXECABORT");
  } finally {
    admin.disconnect();
    await redis.stop();
  }
});

test("a Redis that cannot save says so and what helps, not that none is there", async () => {
  const redis = await startRedis({ extraArgs: ["--save", "3600 1"] });
  const admin = new Redis(redis.url);
  try {
    rmSync(redis.directory, { recursive: true, force: true });
    await admin.bgsave();
    await eventually(async () =>
      (await admin.info("persistence")).includes("rdb_last_bgsave_status:err"),
    );
    const create = await withRedis(
      ["backfill", "create", "sales", "--redis-wait", "4s"],
      redis.url,
    );
    expect([create.exitCode, create.stdout]).toEqual([9, ""]);
    expect(create.stderr).toMatch(/cannot save to its disk.*Free space on its disk/);
    expect(create.stderr).not.toContain("Start one there");
  } finally {
    admin.disconnect();
    await redis.stop();
  }
});

test("services that are told to stop while Redis is gone end in good order within their grace period", async () => {
  const redis = await startRedis({ appendonly: true });
  try {
    const env = { env: { REDIS_URL: redis.url } };
    const services = [
      project.start(["worker", "start", "--grace", "40s"], env),
      project.start(["planner", "start"], env),
      project.start(["dev", "--workers", "1", "--grace", "40s"], env),
    ];
    const [worker, planner, dev] = services;
    await worker?.waitForLine("worker ready");
    await planner?.waitForLine("planner ready");
    await dev?.waitForLine("worker ready");
    await redis.kill9();
    await worker?.waitForLine("waiting for Redis");
    const startedMs = performance.now();
    expect(await stopped(services)).toEqual(services.map(() => ({ code: 0, signal: null })));
    expect(performance.now() - startedMs).toBeLessThan(40_000);
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
