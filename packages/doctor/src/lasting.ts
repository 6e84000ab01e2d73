import { setTimeout as delay } from "node:timers/promises";
import { type Discrepancy, discrepancyId, type StateStore } from "@infill/state";

/** Time between two looks, in milliseconds. */
const intervalMs = 250;
/** Renewals of a planner's lease within which it has looked twice for jobs that are lost, and added them. */
const renewalsToTrust = 4;

/** What lasted, and one sentence for what could not be judged. */
export interface Lasting {
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
}

/**
 * Keeps of what differs between places that no single look can compare what differs in every look for a while: what
 * transitions and planners have under way agrees again sooner. Ends at once when nothing is left in doubt.
 *
 * A job that is missing belongs to a planner in the act as long as its backfill's lease is held by one that has not had the time
 * to look for it: it counts when nobody has the lease, or when its owner has renewed it some times and the job is still missing.
 *
 * @param patienceMs how long a difference has to last; four times as long is waited for a planner
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

/** What was seen of the lease of one backfill, by looking again and again. */
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
    // A planner that came only now has everything still to do.
    if (known === undefined || known.owner !== owner) {
      leases.set(id, { owner, leftMs, renewals: 0 });
      continue;
    }
    if (leftMs > known.leftMs) known.renewals++;
    known.leftMs = leftMs;
  }
}
