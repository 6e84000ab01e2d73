import { asset, newBackfillId } from "@infill/core";
import { pageOf, pageRecords } from "../keys/keys.ts";
import { allPartitions, daily, integers } from "@infill/partitions";
import { eventually } from "@infill/test-support";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { parseAttempts, readAttempts } from "./attemptHistory.ts";
import { wipePartitions } from "../changes/changePartitions.ts";
import { claimPartitions } from "../claims/claimPartitions.ts";
import { openLedger, reservePartitions } from "../ledger/ledger.ts";
import { readRecords } from "./partitionState.ts";
import { registerAsset } from "../assets/registerAsset.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { type Release, releasePartitions } from "../claims/releasePartitions.ts";
import { lapseSessions } from "../processes/sessions.ts";
import { settlePartitions } from "./settlePartitions.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const raw = asset({
  name: "raw",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  materialize: () => {},
});
const all = allPartitions(raw.partitions, { nowMs: Date.UTC(2024, 5, 1) });
const store = await openTestStore();
let registered: RegisteredAsset;
let lane: string;
let claimNumber = 1;
/** A new partition for each test. */
let ordinal = 0;

beforeAll(async () => {
  registered = await registerAsset(store, raw);
  const [days] = registered.ordinals.lanesOf(all);
  if (days === undefined) throw new Error("no partitions");
  ({ lane } = days);
  [ordinal = 0] = integers(days.ordinals);
});
beforeEach(() => void ordinal++);

/** A backfill with the test's partition in its window. */
async function backfill(): Promise<string> {
  const id = newBackfillId(Date.now());
  await openLedger(store, registered, id, all);
  await reservePartitions(store, "raw", id, 1_000, [{ lane, ordinals: [ordinal] }]);
  return id;
}

async function claimed(backfillId: string, session = "worker_a", leaseMs = 60_000) {
  const place = { backfillId, lane, ordinal, claimNumber: claimNumber++ };
  const [answer] = await claimPartitions(store, registered, session, leaseMs, [place]);
  if (answer?.kind !== "claimed") throw new Error(`not claimed: ${answer?.kind}`);
  return { ...place, attempt: answer.attempt };
}

async function release(place: Omit<Release, "how">, how: Release["how"], ran?: Release["ran"]) {
  await releasePartitions(store, "raw", "worker_a", [
    { ...place, how, ...(ran === undefined ? {} : { ran }) },
  ]);
}

async function settle(
  place: Omit<Release, "how"> & { readonly attempt: number },
  outcome: "succeeded" | "failed",
  note?: string,
) {
  const facts = { outcome, durationMs: 5, note } as const;
  const answers = await settlePartitions(store, registered, "worker_a", [{ ...place, ...facts }]);
  expect(answers).toEqual(["settled"]);
}

const history = async () => (await readAttempts(store, "raw", [{ lane, ordinal }]))[0] ?? [];
const told = async () =>
  (await history()).map(({ ended, attempt, session, error }) => [ended, attempt, session, error]);

test("a success at the first attempt leaves its record and nothing else", async () => {
  await settle(await claimed(await backfill()), "succeeded");
  expect(await history()).toEqual([]);
});

test("each start of the function has a line with its session, duration and error", async () => {
  const id = await backfill();
  await release(await claimed(id), "give_back", {});
  await release(await claimed(id), "retry", { error: "HttpError: 503\nfrom the source" });
  await settle(await claimed(id), "failed", JSON.stringify({ name: "TypeError", message: "x\ny" }));
  expect(await told()).toEqual([
    ["given_back", 1, "worker_a", ""],
    ["retried", 2, "worker_a", "HttpError: 503 from the source"],
    ["failed", 3, "worker_a", "TypeError: x y"],
  ]);
  const [record] = await readRecords(store, "raw", [{ lane, ordinal }]);
  expect((await history()).at(-1)).toMatchObject({
    endedMs: record?.settledMs,
    backfillNumber: record?.backfillNumber,
    durationMs: 5,
  });
});

test("a claim whose function was not started counts as no attempt", async () => {
  const id = await backfill();
  await release(await claimed(id), "give_back");
  expect(await history()).toEqual([]);
});

test("an overwritten settlement is kept once, with its backfill", async () => {
  const before = await backfill();
  await settle(await claimed(before), "succeeded");
  const [record] = await readRecords(store, "raw", [{ lane, ordinal }]);
  await settle(await claimed(await backfill()), "succeeded");
  expect(await history()).toEqual([
    {
      ended: "succeeded",
      endedMs: record?.settledMs,
      durationMs: 5,
      attempt: 1,
      backfillNumber: record?.backfillNumber,
      session: undefined,
      error: "",
    },
  ]);
  await settle(await claimed(await backfill()), "failed", "{}");
  await settle(await claimed(await backfill()), "succeeded");
  expect(await told()).toEqual([
    ["succeeded", 1, undefined, ""],
    ["succeeded", 1, undefined, ""],
    ["failed", 1, "worker_a", "Error: "],
    ["succeeded", 1, "worker_a", ""],
  ]);
});

test("of consecutive successes the last but one is kept in the record page, and wiping deletes it", async () => {
  const settledMs: (number | undefined)[] = [];
  for (let at = 0; at < 3; at++) {
    await settle(await claimed(await backfill()), "succeeded");
    const [record] = await readRecords(store, "raw", [{ lane, ordinal }]);
    settledMs.push(record?.settledMs);
  }
  expect((await history()).map(({ endedMs }) => endedMs)).toEqual([settledMs[1]]);
  const page = pageOf(ordinal);
  const lines = store.keys.attempts("raw", lane, page);
  expect(await store.redis.hexists(lines, String(ordinal - page * pageRecords))).toBe(0);
  await wipePartitions(store, registered, all, { what: "wiped", actor: "", reason: "" });
  expect(await history()).toEqual([]);
});

test("the lapsed lease of a dead worker has a line of its own", async () => {
  const id = await backfill();
  await claimed(id, "worker_dead", 1);
  await eventually(async () => (await lapseSessions(store, "raw")) === 1);
  expect(await told()).toEqual([["lapsed", 1, "worker_dead", ""]]);
});

test("the newest five are kept, and an error is cut", async () => {
  const id = await backfill();
  for (let at = 1; at <= 7; at++)
    await release(await claimed(id), "retry", { error: `${at} ${"é".repeat(300)}` });
  expect((await told()).map(([, attempt]) => attempt)).toEqual([3, 4, 5, 6, 7]);
  const [, , , error] = (await told())[0] ?? [];
  expect(String(error)).toMatch(/^3 é+$/);
  expect(Buffer.byteLength(String(error))).toBeLessThanOrEqual(200);
});

test("wiping a partition deletes its attempts", async () => {
  await settle(await claimed(await backfill()), "failed", "{}");
  expect(await history()).toHaveLength(1);
  await wipePartitions(store, registered, all, { what: "wiped", actor: "", reason: "" });
  expect(await history()).toEqual([]);
});

test("malformed lines are skipped", () => {
  expect(parseAttempts("s 1 2 1 3 - \nnonsense\nz 1 2 3 4 - \n")).toHaveLength(1);
});
