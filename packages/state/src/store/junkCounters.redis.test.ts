import { asset, project } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import { expect, test } from "vitest";
import {
  claimPartitions,
  inspectProject,
  openLedger,
  parseSettlements,
  readBackfillLog,
  readPartitionAudit,
  readPlan,
  type RegisteredAsset,
  registerAsset,
  releasePartitions,
  reservePartitions,
  settlePartitions,
  StateUnreadableError,
} from "../index.ts";
import { openTestStore } from "./openTestStore.testing.ts";

const store = await openTestStore();

const keys = ["a", "b", "c", "d"];
/** The damaged and the other backfill, with partitions in one call. */
const [damaged, sound] = ["bf_damaged", "bf_sound"];
/** Every counter of a ledger, in a form that nothing writes. */
const junk = {
  ...{ number: "{", queued: "x", in_progress: "1.5", succeeded: "", failed: "-", busy_ms: "{" },
};

/**
 * An asset with two ledgers, one of them damaged. @param spoil does the damage once the ledgers
 * exist
 */
async function scene(
  name: string,
  spoil: (ledger: string, meta: string) => Promise<unknown>,
): Promise<RegisteredAsset> {
  const definition = asset({ name, partitions: staticPartitions(keys), materialize: () => {} });
  const registered = await registerAsset(store, definition);
  for (const [id, mine] of [[damaged, ["a", "b"]] as const, [sound, ["c", "d"]] as const])
    await openLedger(
      store,
      registered,
      id,
      subsetFromKeys(definition.partitions, mine, { nowMs: 0 }),
    );
  await spoil(store.keys.ledger(name, damaged), store.keys.meta(name));
  for (const [id, ordinals] of [[damaged, [0, 1]] as const, [sound, [2, 3]] as const])
    expect(
      await reservePartitions(store, name, id, 10, [{ lane: "", ordinals: [...ordinals] }]),
    ).toMatchObject({ kind: "reserved" });
  const all = [0, 1, 2, 3].map((ordinal) => ({
    backfillId: ordinal < 2 ? damaged : sound,
    ...{ lane: "", ordinal, claimNumber: ordinal },
  }));
  const answers = await claimPartitions(store, registered, "s", 60_000, all);
  expect(answers.map(({ kind }) => kind)).toEqual(all.map(() => "claimed"));
  return registered;
}

const settled = (ordinal: number) => ({
  backfillId: ordinal < 2 ? damaged : sound,
  ...{ lane: "", ordinal, claimNumber: ordinal },
  ...{ outcome: "succeeded" as const, attempt: 1, durationMs: 5, note: undefined },
});
const released = (ordinal: number) => ({
  backfillId: ordinal < 2 ? damaged : sound,
  ...{ lane: "", ordinal, claimNumber: ordinal, how: "stop" as const },
});

/** The asset's stream: the numbers of its entries, and the settled partitions. */
async function told(name: string): Promise<{ numbers: number[]; succeeded: number[] }> {
  const entries = await store.redis.xrange(store.keys.settlements(name), "-", "+");
  return {
    numbers: entries.map(([, fields]) => Number(fields[1])),
    succeeded: entries.flatMap(([, fields]) =>
      (parseSettlements(name, fields[3] ?? "") ?? []).flatMap((event) =>
        event.change.kind === "succeeded" ? event.change.ordinals : [],
      ),
    ),
  };
}

test("junk counters of one ledger keep no partition of the call from being settled or released", async () => {
  const registered = await scene("counters", (ledger) => store.redis.hset(ledger, junk));
  const of = { store, name: "counters" };
  expect(await settlePartitions(store, registered, "s", [settled(0), settled(2)])).toEqual([
    "settled",
    "settled",
  ]);
  expect(
    await releasePartitions(store, registered.asset.name, "s", [released(1), released(3)]),
  ).toEqual(["released", "released"]);
  expect((await told(of.name)).succeeded.toSorted((a, b) => a - b)).toEqual([0, 2]);
  const right = await store.redis.hgetall(store.keys.ledger("counters", sound));
  expect(right).toMatchObject({ queued: "0", in_progress: "0", succeeded: "1", failed: "0" });
  // The bits are written, so the doctor can count them.
  const plane = store.keys.ledgerPlane("counters", damaged, "", "settled", 0);
  expect(await store.redis.bitcount(plane)).toBe(1);
});

test("if the number of the last settlement is junk, the next one continues after the stream", async () => {
  const registered = await scene("sequence", (_, meta) =>
    store.redis.hset(meta, "settlements", 4_711),
  );
  await settlePartitions(store, registered, "s", [settled(0)]);
  await store.redis.hset(store.keys.meta("sequence"), "settlements", "{");
  await settlePartitions(store, registered, "s", [settled(2)]);
  await releasePartitions(store, registered.asset.name, "s", [released(1), released(3)]);
  expect((await told("sequence")).numbers).toEqual([4_712, 4_713, 4_714]);
});

test("a registry with junk ordinals gives out none, and nothing changes", async () => {
  const definition = asset({
    name: "registry",
    partitions: staticPartitions(keys),
    materialize: () => {},
  });
  await registerAsset(store, definition);
  const [registry = ""] = await store.redis.keys(`${store.keys.root("registry")}:registry:*`);
  await store.redis.hset(registry, "b", "{");
  const before = await store.redis.hgetall(registry);
  await expect(registerAsset(store, definition)).rejects.toThrow(StateUnreadableError);
  expect(await store.redis.hgetall(registry)).toEqual(before);
  const known = await inspectProject(
    store,
    project({ namespace: store.namespace, assets: [definition] }),
  );
  expect([...known.keys()]).toEqual([]);
  expect(known.unfit.get("registry")).toBeInstanceOf(StateUnreadableError);
});

test("an unreadable entry of a log, an audit or a plan hides no other", async () => {
  const { redis, keys: names } = store;
  const entry = (n: number) =>
    JSON.stringify({ v: 1, n, atMs: 5, what: "paused", actor: "", reason: "" });
  await redis.rpush(names.backfillLog(sound), entry(3), "{", entry(5));
  expect(
    (await readBackfillLog(store, sound, 3, 10)).map(({ number, what }) => `${number} ${what}`),
  ).toEqual(["4 unreadable", "5 paused"]);
  await redis.lpush(names.backfillLog(sound), "junk");
  expect(await readBackfillLog(store, sound, 3, 1)).toMatchObject([{ what: "unreadable" }]);
  await redis.xadd(names.audit("logs"), "*", "v", "1", "entry", "{");
  expect(await readPartitionAudit(store, "logs", undefined, 10)).toMatchObject([
    { what: "unreadable", details: { text: "{" } },
  ]);
  await redis.set(names.plan("0123"), "{");
  expect(await readPlan(store, "0123")).toBeUndefined();
});
