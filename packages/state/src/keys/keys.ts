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

/** Bit-planes of an asset: the status of each partition, whichever backfill set it. */
export type AssetPlane = "materialized" | "failed" | "in_progress";
/** Bit-planes of a ledger: the progress of each selected partition in one backfill. */
export const ledgerPlanes = [
  "queued",
  "settled",
  "failed",
  "skipped",
  "canceled",
  /** The canceled ones that a user dropped by hand. */
  "dropped",
] as const;
export type LedgerPlane = (typeof ledgerPlanes)[number];

/**
 * The names of all keys. All keys of one transition share a hash tag: one for each asset with its
 * planes, records and ledgers, one for the list of backfills, one for permits, and one for each
 * dynamic definition and each pool (BullMQ's keys).
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
  // A definition's name may hold any character; percent-encoding keeps braces and colons out of the
  // key.
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
    /** Changes by hand. */
    audit: (asset: string) => `${root(asset)}:audit`,
    /** Bitmaps of a transition while it runs. */
    assetScratch: (asset: string) => `${root(asset)}:scratch`,
    settlements: (asset: string) => `${root(asset)}:settlements`,
    plane: (asset: string, lane: string, plane: AssetPlane, chunk: number) =>
      `${root(asset)}:plane:${lane}:${plane}:${chunk}`,
    records: (asset: string, lane: string, page: number) =>
      `${root(asset)}:records:${lane}:${page}`,
    errors: (asset: string, lane: string, page: number) => `${root(asset)}:errors:${lane}:${page}`,
    metadata: (asset: string, lane: string, page: number) =>
      `${root(asset)}:metadata:${lane}:${page}`,
    /** The newest attempts at each partition, where its record does not tell enough. */
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
    /** Rows of a selection before they become `selected`, for one submitter. */
    staged: (asset: string, backfill: string, submitter: string) =>
      `${ledger(asset, backfill)}:staged:${submitter}`,
    scratch: (asset: string, backfill: string) => `${ledger(asset, backfill)}:scratch`,
    culprits: (asset: string, backfill: string) => `${ledger(asset, backfill)}:culprits`,
    backfill: (id: string) => `${backfills}:${id}`,
    backfillLog: (id: string) => `${backfills}:${id}:log`,
    /** The backfill that an idempotency key belongs to. */
    submission: (keyDigest: string) => `${backfills}:submission:${keyDigest}`,
    /** A previewed plan. */
    plan: (hash: string) => `${backfills}:plan:${hash}`,
    backfillLease: (id: string) => `${backfills}:${id}:lease`,
    /** The former hash of an unreadable backfill. */
    setAsideBackfill: (id: string) => `${backfills}:set_aside:${id}`,
    /** The backfills that are set aside, with the reason. */
    setAsideBackfills: `${backfills}:set_aside`,
    /**
     * Where unreadable parts of a key are kept, in the same hash slot.
     *
     * @param key with its namespace and hash tag
     * @param mark text with a colon at its end, or ""
     */
    setAside: (key: string, mark: string) =>
      key.replace(/\{[^}]*\}:/, (tag) => `${tag}set_aside:${mark}`),
    /**
     * Where an asset's new key is prepared while its state moves to another definition.
     *
     * @param key of the asset, with its namespace and hash tag
     */
    next: (key: string) => key.replace(/\{[^}]*\}:/, (tag) => `${tag}next:`),
    /** For each asset, when its state was last deleted or moved, by whom and why. */
    givenUpAssets: `${backfills}:given_up_assets`,
    backfillIndex: `${backfills}:index`,
    /** Ids whose deletion has begun. */
    deletingBackfills: `${backfills}:deleting`,
    activeBackfills: `${backfills}:active`,
    /**
     * Ids of one status, by creation; "unknown" for headers with a status that this version does
     * not know.
     */
    statusList: (status: BackfillStatus | "unknown") => `${backfills}:status:${status}`,
    /** Ids of backfills that have ended, by their end. */
    endedBackfills: `${backfills}:ended`,
    /** Rounds of pruning. */
    prunes: `${backfills}:prunes`,
    /** The planner that prunes. */
    retentionLease: `${backfills}:retention:lease`,
    backfillEvents: `${backfills}:events`,
    /** The prefix of the keys of all backfills. */
    backfillRoot: backfills,
    /** A summary of a backfill and its deliveries; numbered from 1. */
    summary: (id: string, sequence: number) => `${backfills}:${id}:summary:${sequence}`,
    deliveries: `${backfills}:deliveries`,
    /** Deliveries that were given up after their last attempt. */
    parkedDeliveries: `${backfills}:parked`,
    /** Pub/sub channel that names streams with new entries (`lua/includes/announce.lua`). */
    grownChannel: `${namespace}:grown`,
    /** Pub/sub channel that tells workers of changes of control. */
    controlChannel: `${backfills}:control`,
    permits,
    /** The claims that hold permits of a scope. */
    permitScope: (scope: string) => `${permits}:scope:${scope}`,
    /** The backfills that wait for a permit of a scope. */
    permitLine: (scope: string) => `${permits}:line:${scope}`,
    permitHolders: `${permits}:holders`,
    permitsHeld: `${permits}:held`,
    /** The functions that continue beyond their claims. */
    overruns: `${permits}:overruns`,
    caps: `${permits}:caps`,
    /** The ordinal of every key that a dynamic definition ever had. */
    dynamicOrdinals: (name: string) => `${dynamic(name)}:ordinals`,
    /** The same keys, each at the index of its ordinal. */
    dynamicNames: (name: string) => `${dynamic(name)}:names`,
    /** One bit for each ordinal: whether the key is present. */
    dynamicPresent: (name: string) => `${dynamic(name)}:present`,
    /** Additions and removals: when, by whom and why. */
    dynamicChanges: (name: string) => `${dynamic(name)}:changes`,
    worker: (id: string) => `${workers}:${id}`,
    workerIndex: `${workers}:index`,
    planner: (id: string) => `${planners}:${id}`,
    plannerIndex: `${planners}:index`,
    /** The order in which the versions of each asset were first registered. */
    projectVersions: `${projects}:versions`,
    /** The versions of one project's assets. */
    projectManifest: (fingerprint: string) => `${projects}:manifest:${fingerprint}`,
    projectIndex: `${projects}:index`,
    /** BullMQ's key prefix of a pool; the queue's name is the pool's. */
    poolPrefix: (pool: string) => `${namespace}:{pool/${pool}}`,
    /** BullMQ's lock on a job, and its set of jobs whose locks it checks next. */
    jobLock: (pool: string, id: string) => `${namespace}:{pool/${pool}}:${pool}:${id}:lock`,
    stalledJobs: (pool: string) => `${namespace}:{pool/${pool}}:${pool}:stalled`,
  };
}
