import { runDoctor } from "@infill/doctor";
import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  claimPartitions,
  openStateStore,
  registerProject,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, expect, test } from "vitest";
import { connect } from "@infill/client";
import { Planner } from "../engine/planner.ts";
import { plannerParts } from "../engine/plannerParts.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
afterAll(() => cleanPrefix(url, prefix));

/** A store whose first end of a backfill waits until Redis has gone back to an earlier state. */
function goingBack(store: StateStore, goBack: () => Promise<unknown>): StateStore {
  let isFirst = true;
  const redis = new Proxy(store.redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "infill_set_backfill_status") return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const isNow = isFirst && args.includes("succeeded");
        if (isNow) isFirst = false;
        if (isNow) await goBack();
        return value.apply(target, args);
      };
    },
  });
  return { ...store, redis };
}

test("P15: a backfill whose last settlement Redis loses during its end continues, and ends once it has settled again", async () => {
  const raw = asset({
    name: "raw",
    partitions: daily({ start: "2024-01-01", end: "2024-01-03" }),
    materialize: () => {},
  });
  const definition = project({ namespace: prefix, assets: [raw] });
  const store = await openStateStore(url, prefix, "test");
  const { redis, keys } = store;
  const registered = await registerProject(store, definition);
  const known = registered.get("raw");
  if (known === undefined) throw new Error("the asset is missing");
  const client = await connect(definition, { redisUrl: url });
  const { id = "" } = await client.backfills.create({ assets: "raw" });
  const before = new Map<string, Buffer>();
  const own = await openStateStore(url, prefix, "planner");
  const rewound = goingBack(own, async () => {
    // Everything of the asset in Redis is as it was before the last settlement.
    for (const [key, value] of before) await redis.restore(key, 0, value, "REPLACE");
  });
  const options = { leaseMs: 15_000, tickMs: 200 };
  const planner = new Planner(plannerParts(rewound, definition, registered, options));
  await planner.start();
  await eventually(async () => (await client.backfills.get(id)).counts.queued === 2);
  const first = Date.UTC(2024, 0, 1) / 86_400_000;
  const places = [0, 1].map((day) => ({
    backfillId: id,
    lane: "",
    ordinal: first + day,
    claimNumber: day,
  }));
  const settle = (which: typeof places) =>
    settlePartitions(
      store,
      known,
      "s_1",
      which.map((place) => ({
        ...place,
        outcome: "succeeded" as const,
        attempt: 1,
        durationMs: 1,
        note: undefined,
      })),
    );
  await claimPartitions(store, known, "s_1", 600_000, places);
  await settle(places.slice(0, 1));
  for (const key of await redis.keys(`${keys.root("raw")}:*`)) {
    const value = await redis.dumpBuffer(key);
    if (value !== null) before.set(key, value);
  }
  await settle(places.slice(1));
  await eventually(async () => {
    const { items } = await client.backfills.listEvents(id);
    return items.some(({ what }) => what === "repaired");
  });
  expect(await client.backfills.get(id)).toMatchObject({
    status: "running",
    counts: { selected: 2, succeeded: 1, inProgress: 1 },
  });
  expect(await settle(places.slice(1))).toEqual(["settled"]);
  await eventually(async () => (await client.backfills.get(id)).status === "succeeded");
  // No worker takes jobs here, so one is left.
  const { findings } = await runDoctor(client.connection, { patienceMs: 500 });
  expect(findings.filter(({ severity }) => severity === "violation")).toEqual([]);
  await planner.close();
  await client.close();
  await store.close();
});
