import { setTimeout as delay } from "node:timers/promises";
import { type Discrepancy, discrepancyId, type StateStore } from "@infill/state";

/** Time between two comparisons, in milliseconds. */
const intervalMs = 250;
/** Renewals of a lease within which a planner has checked twice for lost jobs and added them. */
const renewalsToTrust = 4;

/** The lasting differences, and one sentence for each check that was not possible. */
export interface Lasting {
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
}

/**
 * Keeps the differences that every comparison finds for a while; those from work in progress
 * disappear sooner. Ends at once when no difference is left.
 *
 * A planner with the lease may still be about to add a missing job. The job counts as missing if
 * nobody has the lease, or if it is still missing after several renewals by the same planner.
 *
 * @param patienceMs how long a difference must last; waits up to four times as long for a planner
 */
export async function lasting(
  store: StateStore,
  look: () => Promise<readonly Discrepancy[]>,
  patienceMs: number,
): Promise<Lasting> {
  const startMs = performance.now();
  const leases = new Map<string, LeaseWatch>();
  let doubts = byId(await look());
  while (doubts.size > 0) {
    await watchLeases(store, doubts.values(), leases);
    const elapsedMs = performance.now() - startMs;
    const isWaitedFor = (found: Discrepancy) =>
      found.check === "job_missing" && !hasHadTime(leases.get(found.backfillId ?? ""));
    const open = [...doubts.values()].filter(isWaitedFor);
    if (elapsedMs >= patienceMs && (open.length === 0 || elapsedMs >= 4 * patienceMs)) {
      const notes = open.map(
        ({ backfillId }) =>
          `Partitions of ${backfillId} wait for a job, and its planner had no time to look for them yet: run the doctor again.`,
      );
      return {
        found: [...doubts.values()].filter((found) => !isWaitedFor(found)),
        notes: [...new Set(notes)],
      };
    }
    await delay(Math.min(intervalMs, Math.max(10, patienceMs / 4)));
    const now = byId(await look());
    doubts = new Map([...now].filter(([id]) => doubts.has(id)));
  }
  return { found: [], notes: [] };
}

function byId(found: readonly Discrepancy[]): Map<string, Discrepancy> {
  return new Map(found.map((one) => [discrepancyId(one), one]));
}

/** What repeated reads of one backfill's lease have shown. */
interface LeaseWatch {
  owner: string | null;
  leftMs: number;
  renewals: number;
}

function hasHadTime(watch: LeaseWatch | undefined): boolean {
  if (watch === undefined || watch.owner === null) return true;
  return watch.renewals >= renewalsToTrust;
}

async function watchLeases(
  store: StateStore,
  doubts: Iterable<Discrepancy>,
  leases: Map<string, LeaseWatch>,
): Promise<void> {
  const ids = new Set<string>();
  for (const { check, backfillId } of doubts)
    if (check === "job_missing" && backfillId !== undefined) ids.add(backfillId);
  for (const id of ids) {
    const key = store.keys.backfillLease(id);
    const [owner, leftMs] = await Promise.all([store.redis.get(key), store.redis.pttl(key)]);
    const known = leases.get(id);
    // A new planner has not checked for lost jobs yet.
    if (known === undefined || known.owner !== owner) {
      leases.set(id, { owner, leftMs, renewals: 0 });
      continue;
    }
    if (leftMs > known.leftMs) known.renewals++;
    known.leftMs = leftMs;
  }
}
