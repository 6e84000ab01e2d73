import type { StateStore } from "../store/stateStore.ts";
import { outcomesOf, readSelected, rowsOf, selectedOf } from "../ledger/readLedger.ts";
import { countSealed } from "../ledger/sealedPlanes.ts";
import { answersOf } from "../redis/answersOf.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type LedgerToLookAt, type Mask, masksOf, mostTries, planeKey } from "./ledgerMasks.ts";
import { type CounterDifference, ledgerPlanes, mendCounters } from "./mending/mend.ts";
import type { Place } from "../keys/place.ts";

type PlaneName = (typeof ledgerPlanes)[number];
/** Chunks whose bits are counted at one instant; counting 4 KB takes a microsecond. */
const chunksPerCount = 1_024;

/** The counters that differ from their bits, read at one instant. */
export async function lookAtCounters(
  store: StateStore,
  ledger: LedgerToLookAt,
  masks: Iterable<Mask>,
): Promise<{ readonly differences: readonly CounterDifference[]; readonly isJudged: boolean }> {
  const places = Array.from(masks, ({ place }) => place);
  for (let tries = 0; tries < mostTries; tries++) {
    const counted = await countBits(store, ledger, places);
    if (counted === undefined) continue;
    return { differences: differencesOf(counted), isJudged: true };
  }
  return { differences: [], isJudged: false };
}

interface Counted {
  readonly fields: Readonly<Record<string, string>>;
  readonly bits: Readonly<Record<PlaneName, number>>;
}

/**
 * @returns undefined if the ledger has too many chunks to count at one instant and changed
 *   meanwhile
 */
async function countBits(
  store: StateStore,
  ledger: LedgerToLookAt,
  places: readonly Place[],
): Promise<Counted | undefined> {
  const { redis, keys } = store;
  const hash = keys.ledger(ledger.asset, ledger.backfillId);
  const bits: Record<PlaneName, number> = {
    queued: 0,
    settled: 0,
    failed: 0,
    skipped: 0,
    canceled: 0,
  };
  let fields: Record<string, string> | undefined;
  for (let first = 0; first === 0 || first < places.length; first += chunksPerCount) {
    const page = places.slice(first, first + chunksPerCount);
    const step = redis.multi().hgetBuffer(hash, "sealed").hgetall(hash);
    for (const place of page)
      for (const plane of ledgerPlanes) step.bitcount(planeKey(store, ledger, plane, place));
    const [seal, answer, ...counts] = answersOf(await step.exec());
    if (Buffer.isBuffer(seal)) return countSealedLedger(store, ledger);
    const now = textsOf(answer);
    if (fields !== undefined && JSON.stringify(fields) !== JSON.stringify(now)) return undefined;
    fields = now;
    for (const [at, count] of counts.entries()) {
      const plane = ledgerPlanes[at % ledgerPlanes.length];
      if (plane !== undefined) bits[plane] += Number(count);
    }
  }
  return { fields: fields ?? {}, bits };
}

/** @returns undefined if it was unsealed meanwhile */
async function countSealedLedger(
  store: StateStore,
  { asset, backfillId }: LedgerToLookAt,
): Promise<Counted | undefined> {
  const { redis, keys } = store;
  const hash = keys.ledger(asset, backfillId);
  const [seal, row, answer, rows] = answersOf(
    await redis
      .multi()
      .hgetBuffer(hash, "sealed")
      .hgetBuffer(hash, "row")
      .hgetall(hash)
      .hvalsBuffer(keys.selected(asset, backfillId))
      .exec(),
  );
  if (!Buffer.isBuffer(seal) || !Array.isArray(rows)) return undefined;
  const selected = selectedOf(rowsOf(rows, row), asset, backfillId);
  const bits = countSealed(selected, outcomesOf(seal, asset, backfillId));
  return { fields: textsOf(answer), bits };
}

function differencesOf({ fields, bits }: Counted): CounterDifference[] {
  // A ledger without a hash is another finding.
  if (Object.keys(fields).length === 0) return [];
  const { queued, settled, failed, skipped, canceled } = bits;
  const succeeded = settled - failed - skipped - canceled;
  const right = { queued, succeeded, failed, skipped, canceled };
  return Object.entries(right).flatMap(([field, count]) => {
    const was = fields[field] ?? "";
    const isRight = was === String(count) || (field === "canceled" && was === "" && count === 0);
    return isRight ? [] : [{ field, was, right: count }];
  });
}

/** A counter that differs from its bits, with the repair. */
export function counterDiffers(
  store: StateStore,
  ledger: LedgerToLookAt,
  { field, was, right }: CounterDifference,
): Discrepancy {
  const { asset, backfillId } = ledger;
  return {
    check: "counter_differs",
    asset,
    backfillId,
    detail: field,
    count: 1,
    problem: `The counter ${field} says ${was === "" ? "nothing" : was}, and ${right} bits are set.`,
    remedy: "The doctor sets it to the number of bits.",
    repair: async () => {
      const masks = masksOf(await readSelected(store, asset, backfillId), ledger.places);
      for (let tries = 0; tries < mostTries; tries++) {
        const { differences } = await lookAtCounters(store, ledger, masks.values());
        const mine = differences.filter((difference) => difference.field === field);
        if (mine.length === 0) return;
        if ((await mendCounters(store, asset, backfillId, mine)) > 0) return;
      }
    },
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}
