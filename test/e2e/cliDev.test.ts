import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, isRunning } from "@infill/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

const config = `
import { asset, daily, project } from "infill";
const days = daily({ start: "2024-01-01", end: "2024-02-01" });
export default project({ namespace: "NAMESPACE", assets: [asset({ name: "sales", partitions: days, materialize() {} })] });
`;

/** No address from outside, so that the command finds its own. */
const env = { REDIS_URL: undefined, INFILL_REDIS_URL: undefined };

let project: CommandProject;
beforeEach(() => {
  project = commandProject(config);
});
afterEach(() => project.close());

interface DevState {
  readonly pid: number;
  readonly redisUrl: string;
  readonly redis: { readonly pid: number };
}

function devState(): DevState {
  return JSON.parse(readFileSync(join(project.directory, ".infill", "dev.json"), "utf8"));
}

async function startDev(...flags: readonly string[]) {
  const dev = project.start(["dev", ...flags], { env });
  await dev.waitForLine("infill dev is ready");
  return dev;
}

test("a newcomer: init, dev, a backfill from another terminal, and everything ends with Ctrl-C", async () => {
  const made = await project.run(["init", "first"]);
  expect(made.exitCode).toBe(0);
  const cwd = join(project.directory, "first");
  expect((await project.run(["init"], { cwd })).exitCode).toBe(5);

  const dev = project.start(["dev", "--workers", "2", "--json"], { cwd, env });
  await dev.waitForLine("infill dev is ready");
  expect(JSON.parse(dev.stdout)).toMatchObject({
    schemaVersion: 1,
    type: "dev",
    workers: 2,
    concurrency: 8,
  });
  const check = await project.json(["check"], { cwd, env });
  expect(check).toMatchObject({ redis: { origin: "infill dev", appendOnly: true } });

  const backfill = await project.run(["backfill", "create", "*", "--wait", "--json"], { cwd, env });
  expect(backfill.exitCode).toBe(0);
  expect(JSON.parse(backfill.stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
    status: "succeeded",
    counts: { selected: 400, succeeded: 400 },
  });

  dev.kill("SIGINT");
  expect(await dev.exited).toEqual({ code: 0, signal: null });
  expect(existsSync(join(cwd, ".infill", "dev.json"))).toBe(false);
  expect(
    (
      await project.run(["asset", "list"], {
        cwd,
        env: { ...env, REDIS_URL: "redis://127.0.0.1:1" },
      })
    ).exitCode,
  ).toBe(9);
});

test("a second dev in the same directory is refused; what the first one did is kept", async () => {
  const dev = await startDev();
  const first = devState();
  const { redis } = first;
  const second = await project.run(["dev"], { env });
  expect([second.exitCode, second.stdout]).toEqual([5, ""]);
  expect(second.stderr).toMatch(/^error INFILL_DEV_RUNNING: .*process \d+.*\n$/);
  expect((await project.run(["backfill", "create", "sales", "--wait"], { env })).exitCode).toBe(0);
  dev.kill("SIGTERM");
  expect((await dev.exited).code).toBe(0);
  await eventually(() => !isRunning(redis.pid));

  // Workers that were started by hand look for it where it was.
  const { redisUrl } = first;
  await startDev("--workers", "0");
  expect(devState().redisUrl).toBe(redisUrl);
  const counts = await project.json(["partition", "count", "sales"], { env });
  expect(counts).toMatchObject({ counts: { total: 31, materialized: 31 } });
});

test("a killed dev takes Redis and workers with it, and what it leaves is recognized", async () => {
  const dev = await startDev("--workers", "1");
  const { redis } = devState();
  await dev.waitForLine("worker ready");
  const workerPid = Number(/worker ready.* pid=(\d+)/.exec(dev.stderr)?.[1]);
  expect(isRunning(workerPid)).toBe(true);
  dev.kill("SIGKILL");
  await dev.exited;
  await eventually(() => !isRunning(redis.pid) && !isRunning(workerPid));
  expect(existsSync(join(project.directory, ".infill", "dev.json"))).toBe(true);
  const check = await project.json(["check", "--offline"], { env });
  expect(check).toMatchObject({ type: "check" });
  const again = await startDev("--workers", "0");
  again.kill("SIGTERM");
  expect((await again.exited).code).toBe(0);
});

test("a worker that dies is started again", async () => {
  const dev = await startDev("--workers", "1");
  await dev.waitForLine("worker ready");
  const pid = Number(/worker ready.* pid=(\d+)/.exec(dev.stderr)?.[1]);
  process.kill(pid, "SIGKILL");
  await dev.waitForLine("worker process ended (SIGKILL); starting it again in 1 s");
  await eventually(() => dev.stderr.match(/worker ready/g)?.length === 2, { timeoutMs: 30_000 });
});

test("dev says which variable named the Redis that it uses", async () => {
  const dev = project.start(["dev", "--workers", "0"]);
  await dev.waitForLine("REDIS_URL sets this Redis");
  expect(dev.stderr).toMatch(
    /REDIS_URL sets this Redis \(redis:\S+\), so infill dev does not start one/,
  );
});

test("without its Redis, dev ends and says where the log is", async () => {
  const dev = await startDev("--workers", "0");
  process.kill(devState().redis.pid, "SIGKILL");
  expect((await dev.exited).code).toBe(9);
  expect(dev.stderr).toMatch(/^error INFILL_REDIS_SERVER_FAILED: .*redis\.log\.$/m);
});

test("where no server is installed, the answer says what to install", async () => {
  const run = await project.run(["dev"], { env: { ...env, PATH: "/nonexistent" } });
  expect([run.exitCode, run.stdout]).toEqual([9, ""]);
  expect(run.stderr).toMatch(
    /^error INFILL_REDIS_SERVER_MISSING: .*apt-get install redis-server.*\n$/,
  );
});
