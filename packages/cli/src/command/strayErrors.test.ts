import { expect, test } from "vitest";
import { Output } from "../terminal/output.ts";
import { runService, workerOfDev } from "../actions/runService.ts";
import { serviceLog } from "../terminal/serviceLog.ts";
import { type LogLevel, logLevels } from "../options/logLevels.ts";
import { type TestIo, testIo, testNowMs } from "../testing/testIo.ts";

const running = [{ asset: "sales", partition: "2024-01-01", backfillId: "bf_1" }];

/** A service that runs until the test stops it, and what it has written. */
function service(output: "json" | "table", level: LogLevel = "info") {
  const io: TestIo = testIo({ env: { [workerOfDev]: "1" } });
  const out = new Output(io, { output, color: "never" } as never);
  const log = serviceLog(out, () => testNowMs, level);
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const closed: string[] = [];
  const exitCode = runService({ io } as never, {} as never, log, async () => {
    setImmediate(isReady);
    return {
      id: "worker_1",
      running: () => running,
      close: async () => void closed.push("worker_1"),
    };
  });
  return { io, ready, exitCode, closed, log };
}

function entries(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const fault = () => new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });

test("a stray rejection is one line of JSON with its causes and what runs, and stops nothing", async () => {
  const { io, ready, exitCode, closed } = service("json");
  await ready;
  io.stray({ kind: "rejection", error: fault() });
  expect(entries(io.err)).toEqual([
    {
      time: new Date(testNowMs).toISOString(),
      level: "error",
      message: "a promise was rejected and nobody handled it; the process goes on",
      error: "TypeError: fetch failed ← Error: connect ECONNREFUSED",
      causes: ["Error: connect ECONNREFUSED"],
      stack: expect.stringContaining("strayErrors.test.ts"),
      running: [{ asset: "sales", partition: "2024-01-01", backfill: "bf_1" }],
    },
  ]);
  expect(closed).toEqual([]);
  io.interrupt("SIGTERM");
  expect(await exitCode).toBe(0);
});

test("a stray rejection is one line for people", async () => {
  const { io, ready, exitCode } = service("table");
  await ready;
  io.stray({ kind: "rejection", error: "just a text\nof two lines" });
  expect(io.err.trimEnd().split("\n")).toHaveLength(1);
  expect(io.err).toContain('error="string: just a text of two lines"');
  expect(io.err).toContain("2024-01-01");
  io.interrupt("SIGINT");
  await exitCode;
});

test("an error that nobody could catch lets the service drain, and the exit code says it", async () => {
  const { io, ready, exitCode, closed } = service("json");
  await ready;
  io.stray({ kind: "exception", error: fault() });
  io.stray({ kind: "exception", error: new Error("another while it drains") });
  expect(await exitCode).toBe(1);
  expect(closed).toEqual(["worker_1"]);
  const messages = entries(io.err).map(({ level, error, message }) => [level, error ?? message]);
  expect(messages).toEqual([
    ["error", "TypeError: fetch failed ← Error: connect ECONNREFUSED"],
    ["error", "Error: another while it drains"],
    ["info", expect.stringContaining("an uncaught error")],
    ["info", "stopped"],
  ]);
});

test("what libraries print and Node warns of are lines, equal ones once in a while", async () => {
  const { io, ready, exitCode } = service("json");
  await ready;
  for (let time = 0; time < 20; time++)
    io.stray({ kind: "printed", text: "[ioredis] Unhandled error event: ECONNREFUSED" });
  const deprecated = Object.assign(new Error("is old"), { name: "DeprecationWarning" });
  io.stray({ kind: "warning", error: deprecated });
  io.stray({
    kind: "warning",
    error: Object.assign(new Error("x"), { name: "ExperimentalWarning" }),
  });
  expect(entries(io.err)).toMatchObject([
    { level: "warn", message: "[ioredis] Unhandled error event: ECONNREFUSED" },
    { level: "warn", message: "is old", warning: "DeprecationWarning" },
  ]);
  io.interrupt("SIGTERM");
  await exitCode;
});

test.each(logLevels)("with --log-level %s nothing below it is written", async (level) => {
  const { io, ready, exitCode, log } = service("json", level);
  await ready;
  for (const each of logLevels) log[each]?.(each);
  const written = entries(io.err).map(({ message }) => message);
  expect(written).toEqual(logLevels.slice(logLevels.indexOf(level)));
  io.interrupt("SIGTERM");
  await exitCode;
});
