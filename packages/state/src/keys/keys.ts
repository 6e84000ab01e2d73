import type { BackfillStatus } from "@infill/core";

/** Ordinals in one chunk of a bit-plane: 4 KB of bits. */
export const chunkOrdinals = 32_768;
/** Partitions whose records share a page. */
export const pageRecords = 128;

/** The chunk that holds an ordinal; negative for negative ordinals. */
export function chunkOf(ordinal: number): number {
  return Math.floor(ordinal / chunkOrdinals);
}

/** The record page that holds an ordinal. */
export function pageOf(ordinal: number): number {
  return Math.floor(ordinal / pageRecords);
}

/** Bit-planes of an asset: what became of each partition, whichever backfill did it. */
export type AssetPlane = "materialized" | "failed" | "in_progress";
/** Bit-planes of a ledger: where each selected partition stands in one backfill. */
export const ledgerPlanes = [
  "queued",
  "settled",
  "failed",
  "skipped",
  "canceled",
  /** Those of the canceled ones that somebody took out by hand. */
  "dropped",
] as const;
export type LedgerPlane = (typeof ledgerPlanes)[number];

/**
 * The names of all keys. Everything that one transition touches shares a hash tag: an asset with its planes, records
 * and ledgers has one, the list of backfills another, permits a third, and each dynamic definition and each pool (BullMQ's
 * keys) one of its own.
 */
export type Keys = ReturnType<typeof stateKeys>;

export function stateKeys(namespace: string) {
  const root = (asset: string) => `${namespace}:{asset/${asset}}`;
  const ledger = (asset: string, backfill: string) => `${root(asset)}:ledger:${backfill}`;
  const backfills = `${namespace}:{backfills}`;
  const workers = `${namespace}:{workers}`;
  const planners = `${namespace}:{planners}`;
  const projects = `${namespace}:{projects}`;
  const permits = `${namespace}:{permits}`;
  // A definition's name may hold anything; percent signs keep braces and colons out of the key.
  const dynamic = (name: string) => `${namespace}:{dynamic/${encodeURIComponent(name)}}`;
  return {
    root,
    meta: (asset: string) => `${root(asset)}:meta`,
    codeVersions: (asset: string) => `${root(asset)}:code_versions`,
    assetBackfills: (asset: string) => `${root(asset)}:backfills`,
    registry: (asset: string, dimension: string) => `${root(asset)}:registry:${dimension}`,
    sessions: (asset: string) => `${root(asset)}:sessions`,
    claims: (asset: string) => `${root(asset)}:claims`,
    waiters: (asset: string) => `${root(asset)}:waiters`,
    /** What was changed by hand. */
    audit: (asset: string) => `${root(asset)}:audit`,
    /** Where a transition keeps bitmaps while it runs. */
    assetScratch: (asset: string) => `${root(asset)}:scratch`,
    settlements: (asset: string) => `${root(asset)}:settlements`,
    plane: (asset: string, lane: string, plane: AssetPlane, chunk: number) =>
      `${root(asset)}:plane:${lane}:${plane}:${chunk}`,
    records: (asset: string, lane: string, page: number) =>
      `${root(asset)}:records:${lane}:${page}`,
    errors: (asset: string, lane: string, page: number) => `${root(asset)}:errors:${lane}:${page}`,
    metadata: (asset: string, lane: string, page: number) =>
      `${root(asset)}:metadata:${lane}:${page}`,
    /** How the newest attempts at each partition ended, where there is more to tell than its record does. */
    attempts: (asset: string, lane: string, page: number) =>
      `${root(asset)}:attempts:${lane}:${page}`,
    ledger,
    ledgerPlane: (
      asset: string,
      backfill: string,
      lane: string,
      plane: LedgerPlane,
      chunk: number,
    ) => `${ledger(asset, backfill)}:${plane}:${lane}:${chunk}`,
    selected: (asset: string, backfill: string) => `${ledger(asset, backfill)}:selected`,
    /** Rows of a selection on their way to `selected`, by one of those who submit it. */
    staged: (asset: string, backfill: string, submitter: string) =>
      `${ledger(asset, backfill)}:staged:${submitter}`,
    scratch: (asset: string, backfill: string) => `${ledger(asset, backfill)}:scratch`,
    culprits: (asset: string, backfill: string) => `${ledger(asset, backfill)}:culprits`,
    backfill: (id: string) => `${backfills}:${id}`,
    backfillLog: (id: string) => `${backfills}:${id}:log`,
    /** What an idempotency key stands for. */
    submission: (keyDigest: string) => `${backfills}:submission:${keyDigest}`,
    /** A plan that was previewed. */
    plan: (hash: string) => `${backfills}:plan:${hash}`,
    backfillLease: (id: string) => `${backfills}:${id}:lease`,
    /** What the hash of a backfill was that could not be read. */
    setAsideBackfill: (id: string) => `${backfills}:set_aside:${id}`,
    /** Which backfills are set aside, and why. */
    setAsideBackfills: `${backfills}:set_aside`,
    /**
     * Where something of a key is kept that cannot be read, in the same hash slot.
     *
     * @param key with its namespace and hash tag
     * @param mark text with a colon at its end, or ""
     */
    setAside: (key: string, mark: string) =>
      key.replace(/\{[^}]*\}:/, (tag) => `${tag}set_aside:${mark}`),
    /**
     * Where a key of an asset is prepared that takes the place of another one when its state moves to another definition.
     *
     * @param key of the asset, with its namespace and hash tag
     */
    next: (key: string) => key.replace(/\{[^}]*\}:/, (tag) => `${tag}next:`),
    /** When the state of an asset was given up last, by whom and why. */
    givenUpAssets: `${backfills}:given_up_assets`,
    backfillIndex: `${backfills}:index`,
    /** Ids whose deletion has begun. */
    deletingBackfills: `${backfills}:deleting`,
    activeBackfills: `${backfills}:active`,
    /** Ids of one status, by the instant of creation; "unknown" for headers without a status that this version knows. */
    statusList: (status: BackfillStatus | "unknown") => `${backfills}:status:${status}`,
    /** Ids of backfills that have ended, by when. */
    endedBackfills: `${backfills}:ended`,
    /** Rounds in which ended backfills were pruned. */
    prunes: `${backfills}:prunes`,
    /** Says which planner prunes. */
    retentionLease: `${backfills}:retention:lease`,
    backfillEvents: `${backfills}:events`,
    /** Begins the keys of all backfills. */
    backfillRoot: backfills,
    /** How a backfill ended or why it paused by itself, and where this has been delivered; one for each time, from 1. */
    summary: (id: string, sequence: number) => `${backfills}:${id}:summary:${sequence}`,
    deliveries: `${backfills}:deliveries`,
    /** Deliveries that were given up. */
    parkedDeliveries: `${backfills}:parked`,
    /** Pub/sub channel on which workers hear of canceled backfills. */
    controlChannel: `${backfills}:control`,
    permits,
    /** Which claims hold permits of a scope. */
    permitScope: (scope: string) => `${permits}:scope:${scope}`,
    /** Which backfills wait for a permit of a scope. */
    permitLine: (scope: string) => `${permits}:line:${scope}`,
    permitHolders: `${permits}:holders`,
    permitsHeld: `${permits}:held`,
    /** Which functions go on beyond their claims. */
    overruns: `${permits}:overruns`,
    caps: `${permits}:caps`,
    /** Every key that a dynamic definition ever had, to its ordinal. */
    dynamicOrdinals: (name: string) => `${dynamic(name)}:ordinals`,
    /** The same keys, each at the index that is its ordinal. */
    dynamicNames: (name: string) => `${dynamic(name)}:names`,
    /** One bit an ordinal: whether the key is there now. */
    dynamicPresent: (name: string) => `${dynamic(name)}:present`,
    /** What was added and removed: when, by whom and why. */
    dynamicChanges: (name: string) => `${dynamic(name)}:changes`,
    worker: (id: string) => `${workers}:${id}`,
    workerIndex: `${workers}:index`,
    planner: (id: string) => `${planners}:${id}`,
    plannerIndex: `${planners}:index`,
    /** In which order the versions of each asset were first seen. */
    projectVersions: `${projects}:versions`,
    /** The versions that one project has of its assets. */
    projectManifest: (fingerprint: string) => `${projects}:manifest:${fingerprint}`,
    projectIndex: `${projects}:index`,
    /** BullMQ's key prefix of a pool; the queue's name is the pool's. */
    poolPrefix: (pool: string) => `${namespace}:{pool/${pool}}`,
    /** BullMQ's lock on a job, and its set of jobs whose lock is looked at next. */
    jobLock: (pool: string, id: string) => `${namespace}:{pool/${pool}}:${pool}:${id}:lock`,
    stalledJobs: (pool: string) => `${namespace}:{pool/${pool}}:${pool}:stalled`,
  };
}
