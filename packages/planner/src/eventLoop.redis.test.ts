import { asset, backfillRequestSchema, newBackfillId, project } from "@infill/core";
import { daily, subsetFromKeys } from "@infill/partitions";
import {
  createBackfillRecord,
  openLedger,
  openStateStore,
  registerProject,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cancelBackfill } from "./client/controlBackfill.ts";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const nowMs = Date.UTC(2024, 0, 1);
/** The longest that the planner may keep its event loop from everything else, in milliseconds of processor time. */
const mostMs = 50;
let prefix: string;
let store: StateStore;

beforeEach(async () => {
  prefix = testPrefix();
  store = await openStateStore(url, prefix, "test");
});
afterEach(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

/** Partitioned assets, each with the one before as its upstream where they are a chain. */
function projectOf(count: number, isChain: boolean) {
  return project({
    namespace: prefix,
    assets: Array.from({ length: count }, (_, index) =>
      asset({
        name: `a${index}`,
        partitions: daily({ start: "2020-01-01", end: "2023-01-01" }),
        deps: isChain && index > 0 ? [`a${index - 1}`] : [],
        materialize() {},
      }),
    ),
  });
}

/** Writes what a submission writes, except for the headers: until then no planner sees a backfill. */
async function prepare(
  definition: ReturnType<typeof project>,
  selections: readonly { readonly assets: readonly string[]; readonly days: number }[],
): Promise<readonly (() => Promise<string>)[]> {
  const registered = await registerProject(store, definition);
  const creators: (() => Promise<string>)[] = [];
  for (const [index, { assets, days }] of selections.entries()) {
    const id = newBackfillId(index);
    for (const name of assets) {
      const known = registered.get(name);
      if (known === undefined) throw new Error(`asset "${name}" is missing`);
      const keys = Array.from({ length: days }, (_, day) =>
        new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10),
      );
      const subset = subsetFromKeys(known.asset.partitions, keys, { nowMs });
      await openLedger(store, known, id, subset);
    }
    const request = backfillRequestSchema.parse({ assets: assets.join(",") });
    creators.push(async () => {
      const header = { version: 1 as const, request, assets: [...assets], plannedMs: nowMs };
      await createBackfillRecord(store, id, header);
      return id;
    });
  }
  return creators;
}

/** Measures turns of the event loop until it is stopped. Processor time, because others use the machine too. */
function watchTurns() {
  let isOver = false;
  let longestMs = 0;
  let before = process.cpuUsage();
  const look = () => {
    const { user, system } = process.cpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1_000);
    before = process.cpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  return () => {
    isOver = true;
    return longestMs;
  };
}

async function queued(): Promise<number> {
  return store.redis.zcard(`${store.keys.poolPrefix("default")}:default:prioritized`);
}

/** Plans and cancels what is prepared. @returns the longest turn, the least of some tries: a collection of garbage takes one too */
async function longestTurn(
  definition: ReturnType<typeof project>,
  selections: Parameters<typeof prepare>[1],
): Promise<number> {
  const creators = await prepare(definition, selections);
  const planner = await startPlanner({ project: definition, redisUrl: url, tickMs: 300 });
  try {
    const stop = watchTurns();
    const ids: string[] = [];
    for (let first = 0; first < creators.length; first += 10)
      ids.push(...(await Promise.all(creators.slice(first, first + 10).map((make) => make()))));
    await eventually(async () => (await queued()) >= ids.length, { timeoutMs: 60_000 });
    for (const id of ids) await cancelBackfill(store, id, {});
    await eventually(async () => (await store.redis.scard(store.keys.activeBackfills)) === 0, {
      timeoutMs: 60_000,
    });
    return stop();
  } finally {
    await planner.close();
  }
}

test("300 backfills of 100 partitions at once do not keep the planner's event loop longer than 50 ms", async () => {
  const definition = projectOf(10, false);
  const selections = Array.from({ length: 300 }, (_, index) => ({
    assets: [`a${index % 10}`],
    days: 100,
  }));
  expect(await longestTurn(definition, selections)).toBeLessThan(mostMs);
}, 120_000);

test("nor do 20 backfills of a chain of 60 assets", async () => {
  const definition = projectOf(60, true);
  const assets = [...definition.graph.assets.keys()];
  const selections = Array.from({ length: 20 }, () => ({ assets, days: 50 }));
  expect(await longestTurn(definition, selections)).toBeLessThan(mostMs);
}, 120_000);
