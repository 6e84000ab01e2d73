import { isFinalStatus, messageOf, type Project, submittedMs } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import {
  assetOperation,
  type BackfillRecord,
  countSelected,
  describeOperation,
  type Discrepancy,
  discrepancyId,
  findReadableBackfill,
  doctorChecks,
  isDeleted,
  lookAtClaims,
  lookAtDynamicKeys,
  lookAtEntries,
  lookAtLedger,
  lookAtPermitNotes,
  lookAtRecords,
  lookAtSubmissions,
  lookAtSummaries,
  lookAtTexts,
  lookAtWaiters,
  type RegisteredAsset,
  readGivenUpAssets,
  readPermitNotes,
  renameAsset,
  renameStage,
  redisTimeMs,
  type StateStore,
  setBackfillStatus,
  soundSealedLedgers,
  takeCensus,
} from "@infill/state";
import { planContext, type PoolQueues } from "@infill/planning";
import { type BackfillLook, lookAtBackfills } from "./backfillLook.ts";
import type { DoctorOptions, DoctorReport } from "./doctorReport.ts";
import { lookAtJobs, lookForBrokenJobs } from "./jobLook.ts";
import { lasting } from "./lasting.ts";
import { isOfServer, LookGuard } from "./lookGuard.ts";
import { lookAtPermits } from "./permitLook.ts";
import { lookAtLedgersOf, lookForOrphanedLedgers } from "./ledgerRestore.ts";
import { findingsOf } from "./doctorFindings.ts";
import { lookAtSelections, lookAtWorkers, notesOnSetAside } from "./unreadableLook.ts";
import { soundBackfills } from "./soundBackfills.ts";
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
  /** Why a repair failed, by discrepancy. */
  const failures = new Map<string, string>();
  for (let round = 0; options.fix === true && round < mostRounds; round++) {
    const mendable = last.found.filter(({ repair }) => repair !== undefined);
    if (mendable.length === 0) break;
    for (const [id, why] of await repairAll(environment, mendable, last.records, options))
      failures.set(id, why);
    last = await examine(environment, options);
    for (const found of last.found) seen.set(discrepancyId(found), found);
  }
  const remaining = new Set(last.found.map(discrepancyId));
  return {
    namespace: environment.store.namespace,
    fix: options.fix === true,
    looked: last.looked,
    findings: findingsOf(
      environment.registered,
      [...seen.values()],
      remaining,
      failures,
      options.fix === true,
      await contextOf(environment),
    ),
    notes: last.notes,
    warnings: environment.store.health.warnings,
    tookMs: performance.now() - startMs,
  };
}

/** What names partitions. Where dynamic keys cannot be read, their partitions are told by ordinal. */
async function contextOf({ store, registered }: DoctorEnvironment): Promise<PartitionsContext> {
  const nowMs = Date.now();
  try {
    return await planContext(store, registered, { plannedMs: nowMs });
  } catch (error) {
    if (isOfServer(error)) throw error;
    return { nowMs };
  }
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
  const guard = new LookGuard();
  const nothing = { found: [], notes: [] };
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
  // What cannot be read keeps what it stands for from being compared; it is named, and the rest looked at once it is gone.
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
      const operation = await assetOperation(store, asset);
      if (operation !== undefined) {
        found.push(changingAsset(store, asset, operation));
        continue;
      }
      const lookAtAll = () => lookAtClaims(store, asset, there);
      const claims = await guard.look(`claims of "${asset}"`, lookAtAll, nothing);
      found.push(...claims.found);
      notes.push(...claims.notes);
      const bare = [...there.ledgers].flatMap(([id, { size }]) => (size === 0 ? [id] : []));
      const sound = await soundSealedLedgers(store, asset, bare);
      for (const [backfillId, places] of there.ledgers) {
        // A ledger without a header is nobody's yet, or an orphan as a whole.
        if (!backfills.records.has(backfillId)) continue;
        ledgers++;
        const agreed = sound.get(backfillId);
        if (agreed !== undefined) {
          partitions += agreed;
          continue;
        }
        const lookAtOne = () => lookAtLedger(store, { asset, backfillId, places });
        const what = `the ledger of ${backfillId} for "${asset}"`;
        const ledger = await guard.look(what, lookAtOne, undefined);
        if (ledger === undefined) continue;
        found.push(...ledger.found);
        notes.push(...ledger.notes);
        partitions += countSelected(ledger.selected);
      }
      const lookAtAllRecords = async () => {
        const numbers = await ledgerNumbers(store, asset, backfills.records);
        return lookAtRecords(store, asset, there, numbers);
      };
      found.push(...(await guard.look(`records of "${asset}"`, lookAtAllRecords, [])));
      const lookAtLine = () => lookAtWaiters(store, asset);
      found.push(...(await guard.look(`waiters of "${asset}"`, lookAtLine, [])));
    }
    const broken = () => lookForBrokenJobs(store, pools, census);
    found.push(...(await guard.look("jobs", broken, [])));
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
    // Of what has ended, only what the first look doubts is looked at again.
    let doubted: Set<string> | undefined;
    const lookAtMany = () => soundBackfills(store, backfills.records.values());
    const whole = await guard.look("the ledgers of all backfills", lookAtMany, new Set<string>());
    const acrossSlots = async () => {
      const across: Discrepancy[] = [];
      const between = new LookGuard();
      const current = await currentRecords(environment, backfills.records);
      for (const record of current.values()) {
        if (
          isFinalStatus(record.status) &&
          (doubted?.has(record.id) ?? !whole.has(record.id)) === false
        )
          continue;
        const lookAtOne = async () => [
          ...(await lookAtLedgersOf(restore, record)),
          ...(await lookAtStatus(store, record, options)),
        ];
        across.push(...(await between.look(`the ledgers of ${record.id}`, lookAtOne, [])));
      }
      const lookAtHolders = () => lookAtPermits({ store, project, registered, census }, current);
      const permits = await between.look("permits and claims", lookAtHolders, nothing);
      across.push(...permits.found);
      notes.push(...permits.notes);
      const lookAtQueues = () =>
        lookAtJobs({ store, queues: () => environment.queues(), pools }, current);
      const look = await between.look("jobs and windows", lookAtQueues, { found: [], jobs: 0 });
      jobs = look.jobs;
      across.push(...look.found, ...between.found);
      doubted = new Set(across.map(({ backfillId }) => backfillId ?? ""));
      return withoutDeleted(store, current, across);
    };
    const waited = await lasting(store, acrossSlots, options.patienceMs ?? 5_000);
    found.push(...waited.found);
    notes.push(...waited.notes);
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

/** An asset that is kept from everybody. Its keys are not compared: they do not agree before the change has ended. */
function changingAsset(store: StateStore, asset: string, operation: string): Discrepancy {
  const { doing, command, opposite } = describeOperation(asset, operation);
  return {
    check: "asset_changing",
    asset,
    count: 1,
    problem: `Nobody can use the state of the asset, because somebody ${doing}; that is under way, or was interrupted.`,
    remedy: `Go on with it: ${command}.${opposite === undefined ? "" : ` Or take it back: ${opposite}.`}`,
    ...(opposite === undefined ? {} : { repair: () => goOnRenaming(store, asset, operation) }),
  };
}

/** What a rename does is safe to do beside another process that is at it. */
async function goOnRenaming(store: StateStore, asset: string, operation: string): Promise<void> {
  const [kind, other = ""] = operation.split(" ");
  const [from, to] = kind === "rename" ? [asset, other] : [other, asset];
  // The finding of its other name may have been dealt with.
  if ((await renameStage(store, from, to)) !== "under_way") return;
  await renameAsset(
    store,
    from,
    to,
    { actor: "doctor", reason: "it was interrupted" },
    submittedMs,
  );
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
  const givenUpMs = (await readGivenUpAssets(store)).get(asset) ?? 0;
  for (const [number, id] of Object.entries(all)) {
    const record = records.get(id);
    if (record?.header.assets.includes(asset) !== true) continue;
    // Its records were kept, and its ledger was not.
    if (isFinalStatus(record.status) && givenUpMs > record.createdMs) continue;
    numbers.set(Number(number), id);
  }
  return numbers;
}

async function repairAll(
  { store }: DoctorEnvironment,
  mendable: readonly Discrepancy[],
  records: ReadonlyMap<string, BackfillRecord>,
  options: DoctorOptions,
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  const ordered = mendable.toSorted(
    (a, b) => doctorChecks[a.check].round - doctorChecks[b.check].round,
  );
  const stale = new Set<string>();
  for (const found of ordered) {
    const { repair, concernsPlanner, backfillId } = found;
    try {
      await repair?.();
    } catch (error) {
      // One that cannot be repaired leaves the others to be.
      if (isOfServer(error)) throw error;
      failures.set(discrepancyId(found), messageOf(error));
      continue;
    }
    if (concernsPlanner === true && backfillId !== undefined && records.has(backfillId))
      stale.add(backfillId);
  }
  // The same status again makes whoever plans a backfill read it again, and leaves word in its log.
  for (const id of stale) {
    // What was set aside meanwhile has no planner.
    if ((await findReadableBackfill(store, id)) === undefined) continue;
    await setBackfillStatus(store, id, {
      to: "running",
      from: ["running"],
      actor: options.actor ?? "doctor",
      reason: options.reason ?? "its state was repaired",
      what: "repaired",
    });
  }
  return failures;
}
