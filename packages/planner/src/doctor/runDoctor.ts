import { isFinalStatus, type Project } from "@infill/core";
import { partitionKeyAt, type PartitionsContext } from "@infill/partitions";
import {
  type BackfillRecord,
  type Census,
  countSelected,
  type Discrepancy,
  discrepancyId,
  doctorChecks,
  isDeleted,
  listSetAside,
  quoted,
  lookAtClaims,
  lookAtDynamicKeys,
  lookAtLedger,
  lookAtPermitNotes,
  lookAtRecords,
  lookAtWaiters,
  type RegisteredAsset,
  readPermitNotes,
  readWorkerRegistry,
  redisTimeMs,
  removeWorker,
  type StateStore,
  setBackfillStatus,
  takeCensus,
} from "@infill/state";
import { planContext } from "../planContext.ts";
import type { PoolQueues } from "../poolQueues.ts";
import { lookAtBackfills } from "./backfillLook.ts";
import type { DoctorFinding, DoctorOptions, DoctorReport } from "./doctorReport.ts";
import { lookAtJobs, lookForBrokenJobs } from "./jobLook.ts";
import { lasting } from "./lasting.ts";
import { lookAtPermits } from "./permitLook.ts";
import { lookAtLedgersOf, lookForOrphanedLedgers } from "./ledgerRestore.ts";
import { lookAtStatus } from "./statusLook.ts";

/** What the doctor works with. */
export interface DoctorEnvironment {
  readonly store: StateStore;
  readonly project: Project;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** Opens the queues; only a repair needs them. */
  queues(): Promise<PoolQueues>;
}

/** Repairs may uncover what they hid; after this many rounds the doctor leaves the rest. */
const mostRounds = 5;

/**
 * Looks for every violation of what always holds, at any moment, and repairs on demand. Places that one look can compare are read
 * at one instant; others count when they differ for a while. Repairs are transitions that look again themselves.
 */
export async function runDoctor(
  environment: DoctorEnvironment,
  options: DoctorOptions = {},
): Promise<DoctorReport> {
  const startMs = performance.now();
  let last = await examine(environment, options);
  const seen = new Map(last.found.map((found) => [discrepancyId(found), found]));
  for (let round = 0; options.fix === true && round < mostRounds; round++) {
    const mendable = last.found.filter(({ repair }) => repair !== undefined);
    if (mendable.length === 0) break;
    await repairAll(environment, mendable, last.records, options);
    last = await examine(environment, options);
    for (const found of last.found) seen.set(discrepancyId(found), found);
  }
  const remaining = new Set(last.found.map(discrepancyId));
  return {
    namespace: environment.store.namespace,
    fix: options.fix === true,
    looked: last.looked,
    findings: findingsOf(
      environment,
      [...seen.values()],
      remaining,
      options.fix === true,
      await planContext(environment.store, environment.registered, { plannedMs: Date.now() }),
    ),
    notes: last.notes,
    warnings: environment.store.health.warnings,
    tookMs: performance.now() - startMs,
  };
}

interface Examination {
  readonly found: readonly Discrepancy[];
  readonly records: ReadonlyMap<string, BackfillRecord>;
  readonly notes: readonly string[];
  readonly looked: DoctorReport["looked"];
}

async function examine(
  environment: DoctorEnvironment,
  options: DoctorOptions,
): Promise<Examination> {
  const { store, project, registered } = environment;
  const census = await takeCensus(store);
  const registry = await lookAtWorkers(store, census);
  const found: Discrepancy[] = [...census.found, ...registry.found];
  const notes: string[] = [...registry.notes];
  const pools = [...new Set([...project.pools.keys(), ...census.pools.keys()])];
  let partitions = 0;
  let ledgers = 0;
  let jobs = 0;
  // A key of a wrong type keeps what it stands for from being read; it is named, and the rest looked at once it is gone.
  const isReadable = census.unreadable.size === 0;
  const backfills = isReadable
    ? await lookAtBackfills(store, census)
    : { records: new Map<string, BackfillRecord>(), found: [], notes: [] };
  found.push(...backfills.found);
  if (isReadable) notes.push(...(await notesOnSetAside(store)));
  notes.push(...backfills.notes);
  if (isReadable) {
    for (const [asset, there] of census.assets) {
      const claims = await lookAtClaims(store, asset, there);
      found.push(...claims.found);
      notes.push(...claims.notes);
      for (const [backfillId, places] of there.ledgers) {
        // A ledger without a header is nobody's yet, or an orphan as a whole.
        if (!backfills.records.has(backfillId)) continue;
        const ledger = await lookAtLedger(store, { asset, backfillId, places });
        found.push(...ledger.found);
        notes.push(...ledger.notes);
        partitions += countSelected(ledger.selected);
        ledgers++;
      }
      const numbers = await ledgerNumbers(store, asset, backfills.records);
      found.push(...(await lookAtRecords(store, asset, there, numbers)));
      found.push(...(await lookAtWaiters(store, asset)));
    }
    found.push(...(await lookForBrokenJobs(store, pools, census)));
    const dynamic = await lookAtDynamicKeys(store, census.dynamic);
    found.push(...dynamic.found);
    notes.push(...dynamic.notes);
    const permits = await readPermitNotes(store, census.permits);
    if (typeof permits !== "number") found.push(...lookAtPermitNotes(store, permits));
    const nowMs = await redisTimeMs(store);
    found.push(
      ...(await lookForOrphanedLedgers(
        { ...environment, graph: project.graph, census },
        backfills.records,
        nowMs,
      )),
    );
    // Of what has ended, only what the first look doubts is looked at again.
    let doubted: Set<string> | undefined;
    const acrossSlots = async () => {
      const across: Discrepancy[] = [];
      const current = await currentRecords(environment, backfills.records);
      for (const record of current.values()) {
        if (isFinalStatus(record.status) && doubted?.has(record.id) === false) continue;
        across.push(
          ...(await lookAtLedgersOf({ store, graph: project.graph, registered, census }, record)),
          ...(await lookAtStatus(store, record, options)),
        );
      }
      const permits = await lookAtPermits({ store, project, registered, census }, current);
      across.push(...permits.found);
      notes.push(...permits.notes);
      const look = await lookAtJobs({ store, queues: environment.queues, pools }, current);
      jobs = look.jobs;
      across.push(...look.found);
      doubted = new Set(across.map(({ backfillId }) => backfillId ?? ""));
      return withoutDeleted(store, current, across);
    };
    const waited = await lasting(store, acrossSlots, options.patienceMs ?? 5_000);
    found.push(...waited.found);
    notes.push(...waited.notes);
  }
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

/** What was found, less what is said of backfills that were there at a look before and are deleted since, or about to be. */
async function withoutDeleted(
  store: StateStore,
  before: ReadonlyMap<string, BackfillRecord>,
  found: readonly Discrepancy[],
): Promise<Discrepancy[]> {
  const deleted = new Set<string>();
  for (const id of new Set(found.map(({ backfillId }) => backfillId ?? ""))) {
    if (before.has(id) && (await isDeleted(store, id))) deleted.add(id);
  }
  return found.filter(({ backfillId }) => !deleted.has(backfillId ?? ""));
}

/** The headers once more: those that have not ended change, and new ones come. */
async function currentRecords(
  environment: DoctorEnvironment,
  before: ReadonlyMap<string, BackfillRecord>,
): Promise<ReadonlyMap<string, BackfillRecord>> {
  const { store } = environment;
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

/** The backfills that records of an asset may name, by number. */
async function ledgerNumbers(
  store: StateStore,
  asset: string,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Map<number, string>> {
  const numbers = new Map<number, string>();
  const all = await store.redis.hgetall(store.keys.assetBackfills(asset));
  for (const [number, id] of Object.entries(all))
    if (records.get(id)?.header.assets.includes(asset) === true) numbers.set(Number(number), id);
  return numbers;
}

/** Entries of the worker registry that cannot be read, and workers that are lost. */
async function lookAtWorkers(
  store: StateStore,
  census: Census,
): Promise<{ readonly found: readonly Discrepancy[]; readonly notes: readonly string[] }> {
  if (census.unreadable.has("")) return { found: [], notes: [] };
  const { workers, unreadable } = await readWorkerRegistry(store);
  const found = unreadable.map(
    ({ id, reason, excerpt }): Discrepancy => ({
      check: "worker_unreadable",
      detail: id,
      count: 1,
      problem: `The entry of worker "${id}" cannot be read: ${reason} (${excerpt}). Planners work without that worker.`,
      remedy: "It is removed; a worker that is alive writes its entry again within seconds.",
      repair: () => removeWorker(store, id),
    }),
  );
  const notes = workers.flatMap(({ id, host, pid, isAlive, overdueMs }) =>
    isAlive
      ? []
      : [
          `Worker ${id} (${host}, process ${pid}) has not been heard of for ${Math.ceil(overdueMs / 1_000)} s; it leaves the list after an hour.`,
        ],
  );
  return { found, notes };
}

async function notesOnSetAside(store: StateStore): Promise<string[]> {
  return Array.from(
    await listSetAside(store),
    ([id, { atMs, field, reason, text }]) =>
      `${id} is set aside since ${new Date(atMs).toISOString()}, because its ${field} ${reason}${quoted(text)}: infill backfill delete ${id} --force.`,
  );
}

async function repairAll(
  { store }: DoctorEnvironment,
  mendable: readonly Discrepancy[],
  records: ReadonlyMap<string, BackfillRecord>,
  options: DoctorOptions,
): Promise<void> {
  const ordered = mendable.toSorted(
    (a, b) => doctorChecks[a.check].round - doctorChecks[b.check].round,
  );
  const stale = new Set<string>();
  for (const { repair, concernsPlanner, backfillId } of ordered) {
    await repair?.();
    if (concernsPlanner === true && backfillId !== undefined && records.has(backfillId))
      stale.add(backfillId);
  }
  // The same status again makes whoever plans a backfill read it again, and leaves word in its log.
  for (const id of stale) {
    await setBackfillStatus(store, id, {
      to: "running",
      from: ["running"],
      actor: options.actor ?? "doctor",
      reason: options.reason ?? "its state was repaired",
      what: "repaired",
    });
  }
}

/** Joins what is said of the same place, and puts it in words for people. */
function findingsOf(
  environment: DoctorEnvironment,
  all: readonly Discrepancy[],
  remaining: ReadonlySet<string>,
  fix: boolean,
  context: PartitionsContext,
): DoctorFinding[] {
  const findings = new Map<string, DoctorFinding>();
  for (const found of all) {
    const { check, asset, backfillId, lane, pool, redisKey } = found;
    const isThere = remaining.has(discrepancyId(found));
    const repair =
      found.repair === undefined ? "by_hand" : !fix ? "possible" : isThere ? "failed" : "repaired";
    const isOfMany = /^(job|permit)_/.test(check);
    const name = JSON.stringify([
      check,
      asset,
      backfillId,
      lane,
      pool,
      redisKey,
      repair,
      isOfMany ? "" : found.detail,
    ]);
    const partitions = partitionTexts(environment, found, context);
    const known = findings.get(name);
    findings.set(name, {
      check,
      severity: doctorChecks[check].severity,
      ...(asset === undefined ? {} : { asset }),
      ...(backfillId === undefined ? {} : { backfillId }),
      ...(pool === undefined ? {} : { pool }),
      ...(redisKey === undefined ? {} : { redisKey }),
      // The detail of a missing job is its partition, which is told as one.
      ...(found.detail === undefined || check === "job_missing"
        ? {}
        : { detail: known?.detail ?? found.detail }),
      partitions: [...(known?.partitions ?? []), ...partitions].slice(0, 5),
      count: (known?.count ?? 0) + found.count,
      problem: known?.problem ?? found.problem,
      remedy: found.remedy,
      repair,
    });
  }
  return Array.from(findings.values()).toSorted(
    (a, b) => Number(a.severity === "leftover") - Number(b.severity === "leftover"),
  );
}

function partitionTexts(
  { registered }: DoctorEnvironment,
  { asset, lane, ordinals = [] }: Discrepancy,
  context: PartitionsContext,
): string[] {
  const known = asset === undefined ? undefined : registered.get(asset);
  return ordinals.map((ordinal) => {
    const coordinates = known?.ordinals.coordinatesOf({ lane: lane ?? "", ordinal });
    const definition = known?.asset.partitions;
    if (coordinates === undefined || definition === undefined) return `${lane ?? ""}:${ordinal}`;
    try {
      return partitionKeyAt(definition, coordinates, context);
    } catch {
      return `${lane ?? ""}:${ordinal}`;
    }
  });
}
