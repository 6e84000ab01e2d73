import { isFinalStatus } from "@infill/core";
import type { BackfillRecord, Discrepancy, StateStore } from "@infill/state";
import { lookAtBackfills } from "./looks/backfillLook.ts";
import type { DoctorEnvironment } from "./doctorEnvironment.ts";
import type { ResolvedDoctorOptions } from "./doctorOptions.ts";
import { lookAtJobs } from "./looks/jobLook.ts";
import { lasting } from "./looks/lasting.ts";
import { lookAtLedgersOf, type RestoreEnvironment } from "./ledgerRestore.ts";
import { LookGuard } from "./looks/lookGuard.ts";
import { lookAtPermits } from "./permitLook.ts";
import { lookAtStatus } from "./statusLook.ts";
import { withoutDeleted } from "./looks/withoutDeleted.ts";

/** Differences between hash slots, and how many jobs were compared. */
export interface AcrossSlots {
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
  readonly jobs: number;
}

/**
 * Compares what lies in different hash slots: ledgers with headers, permits with claims, jobs with
 * windows. Repeats the comparison until a difference has lasted.
 *
 * @param sound ids of the ended backfills whose ledgers agree with their headers
 */
export async function lookAcrossSlots(
  environment: DoctorEnvironment,
  restore: RestoreEnvironment,
  records: ReadonlyMap<string, BackfillRecord>,
  pools: readonly string[],
  sound: ReadonlySet<string>,
  options: ResolvedDoctorOptions,
): Promise<AcrossSlots> {
  const { store, project, registered } = environment;
  const { census } = restore;
  const notes: string[] = [];
  let jobs = 0;
  // Of ended backfills, only those that the first comparison doubts are compared again.
  let doubted: Set<string> | undefined;
  const isDoubted = (id: string) => doubted?.has(id) ?? !sound.has(id);
  const lookOnce = async () => {
    const found: Discrepancy[] = [];
    const guard = new LookGuard();
    const current = await currentRecords(store, records);
    for (const record of current.values()) {
      if (isFinalStatus(record.status) && !isDoubted(record.id)) continue;
      const lookAtOne = async () => [
        ...(await lookAtLedgersOf(restore, record)),
        ...(await lookAtStatus(store, record, options)),
      ];
      found.push(...(await guard.look(`the ledgers of ${record.id}`, lookAtOne, [])));
    }
    const lookAtHolders = () => lookAtPermits({ store, project, registered, census }, current);
    const permits = await guard.look("permits and claims", lookAtHolders, { found: [], notes: [] });
    found.push(...permits.found);
    notes.push(...permits.notes);
    const lookAtQueues = () =>
      lookAtJobs({ store, queues: () => environment.queues(), pools }, current);
    const look = await guard.look("jobs and windows", lookAtQueues, { found: [], jobs: 0 });
    jobs = look.jobs;
    found.push(...look.found, ...guard.found);
    doubted = new Set(found.map(({ backfillId }) => backfillId ?? ""));
    return withoutDeleted(store, current, found);
  };
  const waited = await lasting(store, lookOnce, options.patienceMs);
  return { found: waited.found, notes: [...notes, ...waited.notes], jobs };
}

/** The present headers: statuses change, and new backfills are created. */
async function currentRecords(
  store: StateStore,
  before: ReadonlyMap<string, BackfillRecord>,
): Promise<ReadonlyMap<string, BackfillRecord>> {
  const active = await store.redis.smembers(store.keys.activeBackfills);
  const open = [...before.values()].flatMap(({ id, status }) =>
    isFinalStatus(status) ? [] : [id],
  );
  const look = await lookAtBackfills(store, {
    backfills: new Set([...open, ...active]),
    leases: new Set(),
  });
  return new Map([...before, ...look.records]);
}
