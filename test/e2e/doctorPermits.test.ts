import { runDoctor } from "@infill/doctor";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
/** Longer than a busy machine needs. */
const patient = { timeoutMs: 60_000 };
let engine: Engine | undefined;

afterEach(async () => {
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

test("P21: permits are sound at every moment of a run under caps, whoever dies, freezes, waits in line or changes a cap", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 3,
    leaseMs: 2_000,
    concurrency: 8,
    caps: { asset: 6, tenant: 3, pool: 9 },
  });
  const running = engine;
  const { client } = engine;
  await engine.start("planner");
  const [victim, frozen] = await Promise.all([
    engine.start("worker"),
    engine.start("worker"),
    engine.start("worker"),
  ]);
  const submit = async (request: Parameters<typeof client.backfills.create>[0]) => {
    const { id } = await client.backfills.create({ reprocess: "all", ...request });
    if (id === undefined) throw new Error("nothing to run");
    return id;
  };
  const looks: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const report = await runDoctor(client.connection);
      expect(report.findings).toEqual([]);
      looks.push(report.tookMs);
    }
  })();
  const more = async (count: number) => {
    const before = looks.length;
    await eventually(() => looks.length >= before + count, patient);
  };
  const acted = (async () => {
    const free = await submit({ assets: "loads" });
    const capped = await submit({ assets: "loads", concurrency: 4, order: "newest" });
    // So many that it cannot have ended when it is canceled.
    const doomed = await submit({
      assets: "huge",
      partitions: "[1900-01-01-00:00...1910-01-01-00:00]",
      concurrency: 2,
    });
    await eventually(() => running.executions().length > 60, patient);
    await more(2);
    victim.kill("SIGKILL");
    await running.start("worker");
    await client.backfills.change(capped, { concurrency: 1 });
    await more(1);
    frozen.kill("SIGSTOP");
    await client.backfills.change(capped, { concurrency: null });
    await more(1);
    await client.backfills.change(capped, { concurrency: 5 });
    frozen.kill("SIGCONT");
    await client.backfills.cancel(doomed);
    await more(1);
    const ends = await Promise.all([free, capped, doomed].map((id) => running.ended(id)));
    expect(ends.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "canceled"]);
    await client.backfills.delete(doomed);
    await more(1);
  })();
  await Promise.race([acted, watching]);
  isOver = true;
  await Promise.all([acted, watching]);
  expect(looks.length).toBeGreaterThan(6);
});
