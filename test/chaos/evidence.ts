import { type DoctorReport, runDoctor } from "@infill/doctor";
import { integers, partitionKeyAt, type PartitionsContext } from "@infill/partitions";
import type { BackfillDetail } from "@infill/client";
import {
  dynamicNamesOfAssets,
  type LedgerCounters,
  openStateStore,
  type PartitionRecord,
  readAssetPlane,
  readBackfill,
  readLedgerCounters,
  readLedgerPlane,
  readRecords,
  readSelected,
  redisTimeMs,
  type RegisteredAsset,
  registerProject,
  type StateStore,
} from "@infill/state";
import { eventually } from "@infill/test-support";
import { type CommandAnswer, runCommand } from "./command.ts";
import { jobIds } from "./observer.ts";
import type { ExecutionLine } from "./processes/chaosProject.ts";
import type { Scenario } from "./scenario.ts";

/** A call of a function: its start, and its end where it came to one. */
export interface Execution {
  readonly start: ExecutionLine;
  readonly end: ExecutionLine | undefined;
  /** Whether it threw because the scenario wants it to. */
  readonly isFailure: boolean;
}

/** What one backfill's ledger of one asset says, keys in place of ordinals. */
export interface LedgerEvidence {
  readonly asset: string;
  readonly counters: LedgerCounters;
  readonly selected: ReadonlySet<string>;
  readonly queued: ReadonlySet<string>;
  readonly settled: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  readonly skipped: ReadonlySet<string>;
  readonly canceled: ReadonlySet<string>;
  /** What is settled and nothing else. */
  readonly succeeded: ReadonlySet<string>;
}

export interface BackfillEvidence {
  readonly id: string;
  /** As the client tells it. */
  readonly detail: BackfillDetail;
  /** What existed when it was planned. */
  readonly planned: PartitionsContext;
  readonly ledgers: readonly LedgerEvidence[];
}

/** What is in Redis of one asset, over all partitions that a backfill of the scenario selected. */
export interface AssetEvidence {
  readonly asset: string;
  readonly inProgress: ReadonlySet<string>;
  readonly materialized: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  readonly records: ReadonlyMap<
    string,
    PartitionRecord & { readonly backfillId: string | undefined }
  >;
  /** Entries of the claims hash, by key or place. */
  readonly claims: ReadonlyMap<string, string>;
  readonly waiters: number;
  readonly sessions: number;
}

/** What `infill … --json` says at the end. */
export interface CommandEvidence {
  /** `backfill list`. */
  readonly list: CommandAnswer;
  /** `backfill show`, of the first backfill that is judged. */
  readonly show: CommandAnswer;
  /** `partition count`, by asset, of the first asset of that backfill. */
  readonly count: CommandAnswer;
  readonly counted: string;
  /** `doctor`. */
  readonly doctor: CommandAnswer;
}

/** All that the invariants judge by: two records from outside Redis, what an observer saw, and what is in Redis at the end. */
export interface Evidence {
  readonly scenario: Scenario;
  /** Whether the independent asset's rate is judged. */
  readonly faultSparesIndependent: boolean;
  readonly backfills: readonly BackfillEvidence[];
  /** Ids of backfills that were acknowledged and are not there. */
  readonly lost: readonly string[];
  readonly assets: readonly AssetEvidence[];
  readonly executions: readonly Execution[];
  /** Ids of jobs that are still there. */
  readonly jobs: ReadonlySet<string>;
  /** What `infill doctor` says of it. */
  readonly doctor: DoctorReport;
  readonly command: CommandEvidence;
  readonly keys: readonly string[];
  /** Names of connections to Redis once all roles have ended, the harness' own apart. */
  readonly connections: readonly string[];
  /** Messages of the roles' logs, with how often each came. */
  readonly logs: ReadonlyMap<string, number>;
  /** The slowest script, in milliseconds; 0 where all took less than half of one. */
  readonly slowestScriptMs: number;
  readonly peakRssMb: number;
  /** The key of a partition, as state has it: `<lane>:<ordinal>`. */
  keyOf(asset: string, lane: string, ordinal: number): string;
}

/** What evidence is gathered of. */
export interface EvidenceOptions {
  /** Ids of the backfills that are judged. */
  readonly judged: readonly string[];
  /** Ids of those that were acknowledged and are not there. */
  readonly lost: readonly string[];
  /** Whether the fault hits neither the independent asset's worker, nor its planner, nor Redis. */
  readonly faultSparesIndependent: boolean;
}

/**
 * Waits until nothing is under way any more, ends the roles, and reads everything.
 */
export async function gatherEvidence(
  scenario: Scenario,
  { judged: ids, lost, faultSparesIndependent }: EvidenceOptions,
): Promise<Evidence> {
  const store = await openStateStore(scenario.server.url, scenario.settings.namespace, "evidence");
  try {
    const registered = await registerProject(store, scenario.project);
    await atRest(scenario, store);
    scenario.measureMemory();
    await scenario.stopRoles();
    await scenario.observer.lookOnceMore();
    const context = await store.dynamicKeys.context(dynamicNames(scenario), {
      plannedMs: scenario.startedMs,
    });
    const keyOf = (asset: string, lane: string, ordinal: number) =>
      keyAt(registered.get(asset), lane, ordinal, context);
    const backfills: BackfillEvidence[] = [];
    for (const id of ids) backfills.push(await backfillEvidence(scenario, store, id, keyOf));
    const assets: AssetEvidence[] = [];
    for (const asset of registered.keys())
      assets.push(await assetEvidence(store, ids, asset, keyOf));
    const jobs = new Set<string>();
    for (const pool of scenario.project.pools.keys())
      for (const id of await jobIds(store.redis, store.keys, pool)) jobs.add(id);
    const connections = await connectionsLeft(store);
    const [command, doctor] = await Promise.all([
      commandEvidence(scenario, backfills),
      runDoctor(scenario.client.connection, { patienceMs: 1_000 }),
    ]);
    return {
      ...{ scenario, lost, faultSparesIndependent, backfills, assets, jobs, keyOf },
      ...{ connections, command, doctor },
      peakRssMb: scenario.peakRssMb,
      executions: pairExecutions(scenario.executionLines()),
      keys: (await store.redis.keys(`${scenario.settings.namespace}:*`)).toSorted(),
      logs: countLogs(scenario),
      slowestScriptMs: scenario.observer.slowestScriptMs,
    };
  } finally {
    await store.close();
  }
}

/** Jobs of settled partitions are removed, and sessions forgotten, a moment after the last settlement. */
async function atRest(scenario: Scenario, store: StateStore): Promise<void> {
  const { leaseMs } = scenario.options;
  const isQuiet = async () => {
    for (const pool of scenario.project.pools.keys())
      if ((await jobIds(store.redis, store.keys, pool)).size > 0) return false;
    for (const { backfillId } of scenario.acknowledgements)
      if ((await store.redis.exists(store.keys.backfillLease(backfillId))) > 0) return false;
    for (const asset of scenario.project.graph.assets.keys()) {
      if ((await store.redis.hlen(store.keys.claims(asset))) > 0) return false;
      if ((await liveSessions(store, asset)) > 0) return false;
    }
    return true;
  };
  // Where this never comes, the invariants say what is left.
  await eventually(isQuiet, { timeoutMs: 2 * leaseMs + 8_000, intervalMs: 100 }).catch(() => {});
}

/** Sessions whose lease is not over. */
async function liveSessions(store: StateStore, asset: string): Promise<number> {
  return store.redis.zcount(store.keys.sessions(asset), await redisTimeMs(store), "+inf");
}

function keyAt(
  registered: RegisteredAsset | undefined,
  lane: string,
  ordinal: number,
  context: PartitionsContext,
): string {
  const coordinates = registered?.ordinals.coordinatesOf({ lane, ordinal });
  const key =
    registered === undefined || coordinates === undefined
      ? undefined
      : partitionKeyAt(registered.asset.partitions, coordinates, context);
  return key ?? `${lane}:${ordinal}`;
}

function dynamicNames({ project }: Scenario): string[] {
  return dynamicNamesOfAssets(project.graph.assets.values());
}

type KeyOf = Evidence["keyOf"];

async function backfillEvidence(
  scenario: Scenario,
  store: StateStore,
  id: string,
  keyOf: KeyOf,
): Promise<BackfillEvidence> {
  const { header } = await readBackfill(store, id);
  const ledgers: LedgerEvidence[] = [];
  for (const asset of header.assets) {
    const counters = await readLedgerCounters(store, asset, id);
    if (counters === undefined) throw new Error(`backfill ${id} has no ledger of ${asset}`);
    const selected = await readSelected(store, asset, id);
    const keysOf = (lanes: typeof selected) =>
      new Set(
        lanes.flatMap(({ lane, ordinals }) =>
          Array.from(integers(ordinals), (ordinal) => keyOf(asset, lane, ordinal)),
        ),
      );
    const plane = async (name: "queued" | "settled" | "failed" | "skipped" | "canceled") =>
      keysOf(await readLedgerPlane(store, asset, id, name, selected));
    const [queued, settled, failed, skipped, canceled] = [
      await plane("queued"),
      await plane("settled"),
      await plane("failed"),
      await plane("skipped"),
      await plane("canceled"),
    ];
    const succeeded = new Set(
      [...settled].filter((key) => !failed.has(key) && !skipped.has(key) && !canceled.has(key)),
    );
    ledgers.push({
      ...{ asset, counters, queued, settled, failed, skipped, canceled, succeeded },
      selected: keysOf(selected),
    });
  }
  const detail = await scenario.client.backfills.get(id);
  const planned = await store.dynamicKeys.context(dynamicNames(scenario), header);
  return { id, detail, planned, ledgers };
}

async function assetEvidence(
  store: StateStore,
  ids: readonly string[],
  asset: string,
  keyOf: KeyOf,
): Promise<AssetEvidence> {
  const selected = (await Promise.all(ids.map((id) => readSelected(store, asset, id)))).flat();
  const plane = async (name: "in_progress" | "materialized" | "failed") =>
    new Set(
      (await readAssetPlane(store, asset, name, selected)).flatMap(({ lane, ordinals }) =>
        Array.from(integers(ordinals), (ordinal) => keyOf(asset, lane, ordinal)),
      ),
    );
  const addresses = selected.flatMap(({ lane, ordinals }) =>
    Array.from(integers(ordinals), (ordinal) => ({ lane, ordinal })),
  );
  const found = await readRecords(store, asset, addresses);
  const numbers = await store.redis.hgetall(store.keys.assetBackfills(asset));
  const records = new Map<string, PartitionRecord & { backfillId: string | undefined }>();
  for (const [at, { lane, ordinal }] of addresses.entries()) {
    const record = found[at];
    if (record === undefined) continue;
    const backfillId = numbers[String(record.backfillNumber)];
    records.set(keyOf(asset, lane, ordinal), { ...record, backfillId });
  }
  const claims = new Map(Object.entries(await store.redis.hgetall(store.keys.claims(asset))));
  return {
    ...{ asset, records, claims },
    inProgress: await plane("in_progress"),
    materialized: await plane("materialized"),
    failed: await plane("failed"),
    waiters: await store.redis.hlen(store.keys.waiters(asset)),
    sessions: await liveSessions(store, asset),
  };
}

function pairExecutions(lines: readonly ExecutionLine[]): Execution[] {
  const ends = new Map<string, ExecutionLine>();
  for (const line of lines)
    if (line.what === "end" || line.what === "failed") ends.set(`${line.pid} ${line.run}`, line);
  return lines
    .filter(({ what }) => what === "start")
    .map((start) => {
      const last = ends.get(`${start.pid} ${start.run}`);
      const isFailure = last?.what === "failed";
      return { start, end: isFailure ? undefined : last, isFailure };
    });
}

/** Of the harness itself: its observer, its fault, its client and its evidence. */
const ownConnections = /^(chaos|infill:(client|evidence)$|infill:client:)/;

/** Connections that are left when all roles have ended, the harness' own apart: an ended process' go in a moment. */
async function connectionsLeft(store: StateStore): Promise<string[]> {
  let left: string[] = [];
  const isGone = async () => {
    const text = String(await store.redis.call("CLIENT", "LIST"));
    const names = Array.from(text.matchAll(/ name=(\S*)/g), ([, name]) => name ?? "");
    left = names.filter((name) => !ownConnections.test(name));
    return left.length === 0;
  };
  await eventually(isGone, { timeoutMs: 5_000 }).catch(() => {});
  return left;
}

async function commandEvidence(
  scenario: Scenario,
  [first]: readonly BackfillEvidence[],
): Promise<CommandEvidence> {
  const counted = first?.ledgers[0]?.asset ?? "source";
  const [list, show, count, doctor] = await Promise.all(
    [
      ["backfill", "list", "--limit", "1000"],
      ["backfill", "show", first?.id ?? "none"],
      ["partition", "count", counted],
      ["doctor", "--patience", "1s"],
    ].map((args) => runCommand(scenario, args)),
  );
  if (list === undefined || show === undefined || count === undefined || doctor === undefined)
    throw new Error("Bug: four commands gave other than four answers");
  return { list, show, count, counted, doctor };
}

function countLogs(scenario: Scenario): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { process } of scenario.roles) {
    for (const [, message = ""] of process.stdout.matchAll(/"message":"((?:[^"\\]|\\.)*)"/g))
      counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return counts;
}
