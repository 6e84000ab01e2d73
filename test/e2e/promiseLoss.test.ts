import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { eventually, type RedisServer, startRedis } from "@infill/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";

let server: RedisServer;
let engine: Engine;

beforeEach(async () => {
  server = await startRedis({ appendonly: true });
  engine = await startEngine(server.url, {
    namespace: "loss",
    durationMs: 10,
    leaseMs: 9_000,
    concurrency: 4,
  });
});
afterEach(async () => {
  await engine.close();
  await server.stop();
});

/** The part of the append-only file that grows. */
function growingFile(): string {
  const directory = join(server.directory, "appendonlydir");
  const name = readdirSync(directory).find((file) => file.endsWith(".incr.aof"));
  if (name === undefined) throw new Error("no append-only file");
  return join(directory, name);
}

const ended = () => engine.executions().filter(({ what }) => what === "end").length;
const succeeded = async (id: string) => (await engine.client.backfills.get(id)).counts.succeeded;
const patient = { timeoutMs: 60_000 };

test.each([
  ["while all of it runs", 120, 150, "raw+"],
  ["of the last partitions of the backfill, which has nothing else to run", 90, 181, "raw"],
])(
  "P15: a power loss that takes acknowledged writes back, %s: they run again, it is reported, and all agrees in the end",
  async (_, kept, lostFrom, assets) => {
    await Promise.all([engine.start("planner"), engine.start("worker"), engine.start("worker")]);
    const { id = "" } = await engine.client.backfills.create({ assets, reprocess: "all" });
    await eventually(async () => (await succeeded(id)) >= kept, { ...patient, intervalMs: 5 });
    const size = statSync(growingFile()).size;
    await eventually(async () => (await succeeded(id)) >= lostFrom, { ...patient, intervalMs: 5 });
    const before = await succeeded(id);
    // The function's end is on the log first, then its settlement.
    const endedBefore = ended();
    await server.kill9();
    truncateSync(growingFile(), size);
    await server.restart();
    // An end that was on its way is taken back when its planner looks at it.
    await eventually(async () => {
      const { status, counts } = await engine.client.backfills.get(id);
      return status === "succeeded" && counts.succeeded === counts.selected;
    }, patient);
    const { counts } = await engine.client.backfills.get(id);
    expect(counts).toMatchObject({
      succeeded: counts.selected,
      failed: 0,
      skipped: 0,
      inProgress: 0,
    });
    // What was lost ran again: under claims of living processes too, whose leases are far from over.
    expect(ended() - endedBefore).toBeGreaterThan(counts.selected - before);
    const starts = new Map<string, number>();
    for (const { what, partition } of engine.executions())
      if (what === "end") starts.set(partition, (starts.get(partition) ?? 0) + 1);
    expect(starts.size).toBe(counts.selected);
    const { items } = await engine.client.backfills.listEvents(id, { limit: 1_000 });
    const told = items.filter(
      ({ what, reason }) =>
        what === "state_lost" || (what === "repaired" && reason.startsWith("Redis lost")),
    );
    expect(told.length).toBeGreaterThan(0);
    await expectHealthy(engine.client);
  },
  120_000,
);
