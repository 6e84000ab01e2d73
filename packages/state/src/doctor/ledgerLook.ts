import { countIntegers } from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { bitmapOfOrdinals } from "../keys/bitmap.ts";
import { chunkOrdinals } from "../keys/keys.ts";
import { readSelected } from "../ledger/readLedger.ts";
import { answersOf } from "../redis/answersOf.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { Discrepancy, DoctorCheck } from "./discrepancy.ts";
import { counterDiffers, lookAtCounters } from "./ledgerCounters.ts";
import { type LedgerToLookAt, type Mask, masksOf, mostTries, planeKey } from "./ledgerMasks.ts";
import { ledgerPlanes, mendChunk } from "./mending/mend.ts";
import { placeName } from "../keys/place.ts";
import { lookAtSealed } from "./sealedLook.ts";

/** The planes that are compared. No counter counts dropped partitions. */
const comparedPlanes = [...ledgerPlanes, "dropped"] as const;
/** Chunks whose planes one round trip reads: 6 × 4 KB each. */
const chunksPerStep = 32;

/** The result of checking one ledger. */
export interface LedgerLook {
  readonly found: readonly Discrepancy[];
  readonly selected: readonly LaneOrdinals[];
  readonly notes: readonly string[];
}

/** Compares the planes of one ledger with each other, with its selection, and with its counters. */
export async function lookAtLedger(store: StateStore, ledger: LedgerToLookAt): Promise<LedgerLook> {
  for (let tries = 0; ; tries++) {
    const before = await selectionOf(store, ledger);
    const look = await lookOnce(store, ledger);
    const isSound = look.found.length === 0;
    // Partitions that are added to a running backfill reach its planes a moment after its rows.
    if (isSound || tries === mostTries || (await selectionOf(store, ledger)) === before)
      return look;
  }
}

/**
 * Two values that change when partitions are added to a ledger: the numbers of selected partitions
 * and of rows.
 */
async function selectionOf(
  store: StateStore,
  { asset, backfillId }: LedgerToLookAt,
): Promise<string> {
  const { redis, keys } = store;
  const answers = await redis
    .multi()
    .hget(keys.ledger(asset, backfillId), "selected")
    .hlen(keys.selected(asset, backfillId))
    .exec();
  return answersOf(answers).join(" ");
}

async function lookOnce(store: StateStore, ledger: LedgerToLookAt): Promise<LedgerLook> {
  const selected = await readSelected(store, ledger.asset, ledger.backfillId);
  const masks = masksOf(selected, ledger.places);
  const found = await lookAtPlanes(store, ledger, masks);
  const sealed = await lookAtSealed(store, ledger.asset, ledger.backfillId, [
    ...ledger.places.values(),
  ]);
  const { differences, isJudged } = await lookAtCounters(store, ledger, masks.values());
  const counters = differences.map((difference) => counterDiffers(store, ledger, difference));
  const notes = isJudged
    ? []
    : [
        `The counters of ${ledger.backfillId} on "${ledger.asset}" changed too often to compare. Run the doctor again, or pause the backfill.`,
      ];
  return { found: [...found, ...sealed, ...counters], selected, notes };
}

/** Each chunk's planes are read at one instant, so a difference is wrong. */
async function lookAtPlanes(
  store: StateStore,
  ledger: LedgerToLookAt,
  masks: ReadonlyMap<string, Mask>,
): Promise<Discrepancy[]> {
  const all = [...masks.values()];
  const problems = new Map<string, PlaneProblem>();
  for (let first = 0; first < all.length; first += chunksPerStep) {
    const page = all.slice(first, first + chunksPerStep);
    const pipeline = store.redis.pipeline();
    for (const { place } of page)
      pipeline.mgetBuffer(comparedPlanes.map((plane) => planeKey(store, ledger, plane, place)));
    const answers = answersOf(await pipeline.exec());
    for (const [at, { place, selected }] of page.entries()) {
      const answer = answers[at];
      if (!Array.isArray(answer) || answer.every((bytes) => bytes === null)) continue;
      const planes = answer.map((bytes: unknown) => (Buffer.isBuffer(bytes) ? bytes : nothing));
      compareChunk(planes, { place, selected }, problems);
    }
  }
  return Array.from(problems.values(), ({ check, lane, ordinals, count, chunks }) => ({
    check,
    asset: ledger.asset,
    backfillId: ledger.backfillId,
    lane,
    ordinals,
    count,
    ...sentences[check],
    concernsPlanner: true,
    repair: () => mendChunks(store, ledger, chunks),
  }));
}

/**
 * Repairs chunks by the ledger's present selection, because lost rows may have been restored since
 * the check.
 */
async function mendChunks(
  store: StateStore,
  ledger: LedgerToLookAt,
  chunks: ReadonlySet<string>,
): Promise<void> {
  const { asset, backfillId } = ledger;
  const selected = await readSelected(store, asset, backfillId);
  const count = await store.redis.hget(store.keys.ledger(asset, backfillId), "selected");
  // If rows are missing, partitions of the lost rows look unselected and their outcomes would be
  // deleted. Rows that are added during the repair do no harm: no plane has their partitions yet.
  if (count !== String(countSelected(selected))) return;
  for (const [name, { place, selected: mine }] of masksOf(selected, ledger.places))
    if (chunks.has(name)) await mendChunk(store, asset, backfillId, place, mine);
}

type PlaneCheck = Extract<
  DoctorCheck,
  | "outside_selected"
  | "outcome_ambiguous"
  | "outcome_unsettled"
  | "queued_settled"
  | "dropped_uncanceled"
>;

interface PlaneProblem {
  readonly check: PlaneCheck;
  readonly lane: string;
  readonly ordinals: number[];
  count: number;
  readonly chunks: Set<string>;
}

const nothing = Buffer.alloc(0);

function compareChunk(
  planes: readonly Buffer[],
  mask: Mask,
  problems: Map<string, PlaneProblem>,
): void {
  const { place, selected } = mask;
  const mine = bitmapOfOrdinals(place.chunk, selected);
  const [
    queued = nothing,
    settled = nothing,
    failed = nothing,
    skipped = nothing,
    canceled = nothing,
    dropped = nothing,
  ] = planes;
  const length = Math.max(...planes.map((plane) => plane.length));
  const note = (check: PlaneCheck, byte: number, bits: number) => {
    if (bits === 0) return;
    const name = `${check} ${place.lane}`;
    let problem = problems.get(name);
    if (problem === undefined) {
      problem = { check, lane: place.lane, ordinals: [], count: 0, chunks: new Set() };
      problems.set(name, problem);
    }
    problem.chunks.add(placeName(place));
    for (let bit = 0; bit < 8; bit++) {
      if ((bits & (128 >> bit)) === 0) continue;
      problem.count++;
      if (problem.ordinals.length < 5)
        problem.ordinals.push(place.chunk * chunkOrdinals + byte * 8 + bit);
    }
  };
  for (let byte = 0; byte < length; byte++) {
    const q = queued[byte] ?? 0;
    const s = settled[byte] ?? 0;
    const f = failed[byte] ?? 0;
    const k = skipped[byte] ?? 0;
    const c = canceled[byte] ?? 0;
    const d = dropped[byte] ?? 0;
    if ((q | s | f | k | c | d) === 0) continue;
    note("outside_selected", byte, (q | s | f | k | c) & ~(mine[byte] ?? 0));
    note("outcome_ambiguous", byte, (f & k) | (f & c) | (k & c));
    note("outcome_unsettled", byte, (f | k | c) & ~s);
    note("queued_settled", byte, q & s);
    note("dropped_uncanceled", byte, d & ~c);
  }
}

const sentences: Record<PlaneCheck, { readonly problem: string; readonly remedy: string }> = {
  outside_selected: {
    problem: "Partitions are queued or settled in a backfill that does not select them.",
    remedy: "The doctor removes them from the backfill's bit-planes.",
  },
  outcome_ambiguous: {
    problem: "Partitions have more than one outcome in a backfill.",
    remedy: "The worse one stays: failed before skipped before canceled.",
  },
  outcome_unsettled: {
    problem: "Partitions have an outcome in a backfill and do not count as settled.",
    remedy: "The doctor settles them.",
  },
  queued_settled: {
    problem: "Partitions are queued in a backfill in which they have settled.",
    remedy: "The doctor takes them out of the window of jobs.",
  },
  dropped_uncanceled: {
    problem:
      "Partitions were dropped from a backfill by hand and have not ended as canceled in it.",
    remedy: "The doctor forgets the drop; retries run them like others.",
  },
};

/** How many partitions rows select. */
export function countSelected(selected: readonly LaneOrdinals[]): number {
  let total = 0;
  for (const { ordinals } of selected) total += countIntegers(ordinals);
  return total;
}
