import { asset } from "@infill/core";
import { allPartitions, staticPartitions } from "@infill/partitions";
import {
  claimPartitions,
  openLedger,
  openStateStore,
  readClaims,
  readLedgerCounters,
  registerAsset,
  reservePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { releaseUnknownClaims } from "./releaseUnknownClaims.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

test("P15: a session releases those of its claims that it does not know to be open, and no other session's", async () => {
  const partitions = staticPartitions(["a", "b", "c", "d"]);
  const registered = await registerAsset(
    store,
    asset({ name: "ended", partitions, materialize: () => {} }),
  );
  await openLedger(store, registered, "bf_A", allPartitions(partitions, { nowMs: 0 }));
  await reservePartitions(store, "ended", "bf_A", 4, [{ lane: "", ordinals: [0, 1, 2, 3] }]);
  const claim = (session: string, ordinal: number) =>
    claimPartitions(store, registered, session, 60_000, [
      { backfillId: "bf_A", lane: "", ordinal, claimNumber: ordinal },
    ]);
  for (const ordinal of [0, 1, 2]) await claim("mine", ordinal);
  await claim("other", 3);
  expect(await releaseUnknownClaims(store, "ended", "mine", (number) => number === 1)).toBe(2);
  const places = [0, 1, 2, 3].map((ordinal) => ({ lane: "", ordinal }));
  const states = (await readClaims(store, "ended", places)).map((entry) => entry?.state);
  expect(states).toEqual(["retrying", "running", "retrying", "running"]);
  expect(await readLedgerCounters(store, "ended", "bf_A")).toMatchObject({ inProgress: 2 });
  // Another worker gets them, and open claims stay with their session.
  expect(await claim("next", 0)).toMatchObject([{ kind: "claimed" }]);
  expect(await claim("next", 1)).toMatchObject([{ kind: "held" }]);
});
