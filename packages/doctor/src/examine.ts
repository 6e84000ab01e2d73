import {
  type BackfillRecord,
  type Discrepancy,
  lookAtDynamicKeys,
  lookAtEntries,
  lookAtPermitNotes,
  lookAtSubmissions,
  lookAtSummaries,
  lookAtTexts,
  readPermitNotes,
  redisTimeMs,
  takeCensus,
} from "@infill/state";
import { lookAcrossSlots } from "./acrossSlots.ts";
import { lookAtAsset } from "./assetLook.ts";
import { type BackfillLook, lookAtBackfills } from "./looks/backfillLook.ts";
import type { DoctorEnvironment } from "./doctorEnvironment.ts";
import type { ResolvedDoctorOptions } from "./doctorOptions.ts";
import type { DoctorReport } from "./doctorReport.ts";
import { lookForBrokenJobs } from "./looks/jobLook.ts";
import { lookForOrphanedLedgers } from "./ledgerRestore.ts";
import { LookGuard } from "./looks/lookGuard.ts";
import { lookAtQueues } from "./looks/queueLook.ts";
import { soundBackfills } from "./soundBackfills.ts";
import { lookAtSelections, lookAtWorkers, notesOnSetAside } from "./looks/unreadableLook.ts";
import { withoutDeleted } from "./looks/withoutDeleted.ts";

/** The result of checking everything once. */
export interface Examination {
  readonly found: readonly Discrepancy[];
  readonly records: ReadonlyMap<string, BackfillRecord>;
  readonly notes: readonly string[];
  readonly looked: DoctorReport["looked"];
}

const nothing = { found: [], notes: [] };

/**
 * Checks everything once. First checks that everything is readable, and the rest only if it is.
 * Writes nothing.
 */
export async function examine(
  environment: DoctorEnvironment,
  options: ResolvedDoctorOptions,
): Promise<Examination> {
  const { store, project, registered } = environment;
  const census = await takeCensus(store);
  const guard = new LookGuard();
  const registry = await guard.look("workers", () => lookAtWorkers(store, census), nothing);
  const found: Discrepancy[] = [...census.found, ...registry.found];
  const notes: string[] = [...registry.notes];
  const pools = [...new Set([...project.pools.keys(), ...census.pools.keys()])];
  let partitions = 0;
  let ledgers = 0;
  let jobs = 0;
  if (census.unreadable.size === 0) {
    const lookAtAll = () => lookAtEntries(store, census.entries);
    found.push(...(await guard.look("entries of keys", lookAtAll, [])));
    found.push(...(await lookAtSelections(store, census)));
  }
  // Unreadable keys prevent a comparison of their contents. They are reported, and the rest is
  // checked after their repair.
  const isReadable =
    census.unreadable.size === 0 &&
    found.every(({ check, repair }) => check !== "entry_unreadable" || repair === undefined);
  const backfills: BackfillLook = isReadable
    ? await lookAtBackfills(store, census)
    : { records: new Map<string, BackfillRecord>(), found: [], notes: [] };
  found.push(...backfills.found);
  notes.push(...backfills.notes);
  if (isReadable) {
    const texts = () => lookAtTexts(store, census.texts);
    found.push(...(await guard.look("logs and notes", texts, [])));
    const summaries = () => lookAtSummaries(store, census.texts);
    found.push(...(await guard.look("summaries", summaries, [])));
    const submissions = () => lookAtSubmissions(store, census.texts, backfills.records);
    found.push(...(await guard.look("submissions", submissions, [])));
    notes.push(...(await notesOnSetAside(store, census)));
    for (const [asset, there] of census.assets) {
      const look = await lookAtAsset(store, guard, asset, there, backfills.records);
      found.push(...look.found);
      notes.push(...look.notes);
      ledgers += look.ledgers;
      partitions += look.partitions;
    }
    const broken = () => lookForBrokenJobs(store, pools, census);
    found.push(...(await guard.look("jobs", broken, [])));
    const held = () => lookAtQueues(environment, pools);
    found.push(...(await guard.look("queues", held, [])));
    const lookAtKeys = () => lookAtDynamicKeys(store, census.dynamic);
    const dynamic = await guard.look("dynamic partitions", lookAtKeys, nothing);
    found.push(...dynamic.found);
    notes.push(...dynamic.notes);
    const readNotes = () => readPermitNotes(store, census.permits);
    const permits = await guard.look("permits", readNotes, 0);
    if (typeof permits !== "number") found.push(...lookAtPermitNotes(store, permits));
    const nowMs = await redisTimeMs(store);
    const restore = { store, registered, graph: project.graph, census };
    const orphans = () => lookForOrphanedLedgers(restore, backfills.records, nowMs);
    found.push(...(await guard.look("ledgers without a backfill", orphans, [])));
    const lookAtMany = () => soundBackfills(store, backfills.records.values());
    const sound = await guard.look("the ledgers of all backfills", lookAtMany, new Set<string>());
    const across = await lookAcrossSlots(
      environment,
      restore,
      backfills.records,
      pools,
      sound,
      options,
    );
    found.push(...across.found);
    notes.push(...across.notes);
    jobs = across.jobs;
  }
  found.push(...guard.found);
  const standing = await withoutDeleted(store, backfills.records, found);
  const looked = {
    keys: census.keys,
    assets: census.assets.size,
    backfills: backfills.records.size,
    ledgers,
    partitions,
    jobs,
  };
  return { found: standing, records: backfills.records, notes: [...new Set(notes)], looked };
}
