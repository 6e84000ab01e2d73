import type {
  AssetDetail,
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  ChangedDynamicPartitions,
  ChangedPartitions,
  DynamicChangeEvent,
  DynamicDefinition,
  DynamicPartition,
  GapReport,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionWhy,
  PlannerSummary,
  PoolSummary,
  PruneEvent,
  PrunedBackfills,
  WaitingSummary,
  WorkerDetail,
} from "@infill/client";
import type { BackfillFailures, LedgerCounts } from "@infill/planning";
import type { DoctorReport } from "@infill/doctor";

/** Values as a client would give them, for the tests of what the command prints. */

export const sampleId = "bf_01JD3K9V000000000000000000";

export const sampleCounts: LedgerCounts = {
  selected: 150,
  waiting: 12,
  queued: 22,
  inProgress: 24,
  succeeded: 87,
  failed: 3,
  skipped: 2,
  canceled: 0,
};

export const sampleBackfill: BackfillDetail = {
  id: sampleId,
  status: "running",
  createdAt: "2024-06-01T11:55:48.250Z",
  assets: ["daily_sales", "weekly_sales"],
  label: "spring",
  actor: "tester",
  reason: "late files",
  counts: sampleCounts,
  request: {
    assets: "daily_sales+1",
    partitions: "[2024-01-01...2024-12-31]",
    propagate: true,
    reprocess: "failed",
    order: "oldest",
    priority: 0,
    weight: 1,
    minSuccessRatio: 1,
    origin: "backfill",
    overlap: "share",
    label: "spring",
    reason: "late files",
    actor: "tester",
  },
  settings: { order: "oldest", priority: 0, weight: 1, minSuccessRatio: 1 },
  window: 64,
  byAsset: [
    {
      asset: "daily_sales",
      counts: { ...sampleCounts, selected: 141, waiting: 3, skipped: 2 },
    },
    {
      asset: "weekly_sales",
      counts: {
        selected: 9,
        waiting: 9,
        queued: 0,
        inProgress: 0,
        succeeded: 0,
        failed: 0,
        skipped: 0,
        canceled: 0,
      },
    },
  ],
  failures: [
    {
      asset: "daily_sales",
      key: "2024-06-01|us",
      error: "HttpError: 503 from\nhttps://example.com/\u001b[31m",
      attempt: 3,
    },
  ],
  perSecond: 21.437,
  remainingMs: 150_000,
  slots: 64,
  workers: 8,
  attention: [],
};

export const sampleFailures: BackfillFailures = {
  id: sampleId,
  failed: 3,
  examined: 3,
  groups: [
    {
      fingerprint: "f7a1c09d3e55",
      error: "HttpError: 503 from {url}",
      count: 3,
      share: 1,
      firstAt: "2024-06-01T11:57:11.000Z",
      lastAt: "2024-06-01T11:59:40.000Z",
      assets: [{ asset: "daily_sales", count: 3 }],
      samples: [
        { asset: "daily_sales", key: "2024-06-01|us" },
        { asset: "daily_sales", key: "2024-06-02|us" },
      ],
      example: {
        asset: "daily_sales",
        key: "2024-06-02|us",
        attempt: 3,
        name: "HttpError",
        message: "503 from https://example.com/",
        stack: "HttpError: 503 from https://example.com/\n    at load (\u001b[31msales.ts:3:7)",
      },
    },
  ],
  ungrouped: 0,
};

export const sampleDelivery: WaitingSummary = {
  deliveryId: `${sampleId}-1`,
  backfillId: sampleId,
  event: "finished",
  target: "webhook:example.com:0a1b2c3d",
  status: "parked",
  attempts: 20,
  error: "it answered with status 503",
  at: "2024-06-01T11:59:00.125Z",
};

export const sampleEvent: BackfillEvent = {
  number: 2,
  at: "2024-06-01T11:58:00.500Z",
  what: "canceling",
  actor: "tester",
  reason: "wrong\nsource",
  before: { status: "running" },
  after: { status: "canceling" },
  details: { partitions: 58 },
};

export const samplePreview: BackfillPreview = {
  request: sampleBackfill.request,
  planHash: "plan_0123456789abcdef0123456789abcdef",
  plannedAt: "2024-06-01T12:00:00.000Z",
  duration: {
    isKnown: true,
    lowMs: 370_000,
    highMs: 530_000,
    withTwiceTheSlots: { lowMs: 185_000, highMs: 265_000 },
    sampled: 244,
    longestChain: 1,
  },
  assets: [
    {
      asset: "daily_sales",
      selected: 1_098,
      statuses: { total: 1_098, missing: 100, inProgress: 24, materialized: 957, failed: 17 },
      upToDate: 957,
      toRun: 141,
      firstKey: "2024-03-02|eu",
      lastKey: "2024-12-30|us",
      pool: "default",
      shared: { partitions: 12, backfills: [{ id: sampleId, partitions: 12 }] },
    },
    {
      asset: "weekly_sales",
      selected: 53,
      statuses: { total: 53, missing: 9, inProgress: 0, materialized: 44, failed: 0 },
      upToDate: 44,
      toRun: 9,
      firstKey: "2024-02-25",
      lastKey: "2024-12-29",
      pool: "default",
    },
  ],
  toRun: 150,
  slots: 64,
  oldInput: [],
  warnings: [],
  warningKinds: [],
};

export const sampleAsset: AssetDetail = {
  name: "daily_sales",
  description: "Sales a day and region.",
  partitions: "daily from 2024-01-01, UTC × region: us, eu, jp",
  pool: "default",
  counts: { total: 1_098, missing: 100, inProgress: 24, materialized: 957, failed: 17 },
  concurrency: { cap: 4, inUse: 3 },
  concurrencyPer: [{ dimension: "region", cap: 2, keys: [{ key: "us", inUse: 2 }] }],
  fingerprint: "daily UTC × static region",
  codeVersion: "2",
  tags: ["finance"],
  firstKey: "2024-01-01|us",
  lastKey: "2024-12-31|jp",
  upstream: [{ asset: "raw_sales", mapping: "the same day" }],
  downstream: [{ asset: "weekly_sales", mapping: "its week" }],
};

export const samplePartition: PartitionDetail = {
  asset: "daily_sales",
  key: "2024-06-01|us",
  status: "failed",
  standing: "failed",
  lastSettlement: {
    outcome: "failed",
    at: "2024-06-01T11:59:00.125Z",
    backfillId: sampleId,
    attempt: 3,
    durationMs: 1_234,
    codeVersion: "2",
  },
  window: {
    start: "2024-06-01T00:00:00.000Z",
    end: "2024-06-02T00:00:00.000Z",
    timezone: "UTC",
  },
  error: {
    name: "HttpError",
    message: "503",
    stack: "HttpError: 503\n    at load (\u001b]0;title\u0007sales.ts:3:7)",
  },
  attempts: [
    {
      ended: "lapsed",
      at: "2024-06-01T11:58:00.000Z",
      durationMs: 30_000,
      attempt: 2,
      backfillId: sampleId,
      workerId: "worker_0a1b",
    },
    {
      ended: "failed",
      at: "2024-06-01T11:59:00.125Z",
      durationMs: 1_234,
      attempt: 3,
      backfillId: sampleId,
      workerId: "worker_2c3d",
      error: "HttpError: 503\u001b[31m",
    },
  ],
  upstream: [{ asset: "raw_sales", keys: 1, firstKey: "2024-06-01", lastKey: "2024-06-01" }],
};

export const sampleWhy: PartitionWhy = {
  asset: "daily_sales",
  key: "2024-06-01|us",
  status: "missing",
  reasons: [
    {
      kind: "skipped",
      text: `It was skipped in ${sampleId}, because raw_sales 2024-06-01 failed: HttpError: 503.`,
      backfillId: sampleId,
      command: `infill backfill retry ${sampleId}`,
      partitions: [
        {
          asset: "raw_sales",
          key: "2024-06-01",
          status: "failed",
          error: "HttpError: \u001b[31m503",
        },
      ],
    },
  ],
  upstream: [
    {
      asset: "raw_sales",
      counts: { total: 7, missing: 0, inProgress: 0, materialized: 6, failed: 1 },
      partitions: [{ asset: "raw_sales", key: "2024-06-01", status: "failed" }],
    },
  ],
};

export const sampleChanged: ChangedPartitions = {
  asset: "daily_sales",
  before: sampleAsset.counts,
  changed: 1_098,
  leftOut: 0,
};

export const sampleChange: PartitionChangeEvent = {
  id: "1717243140125-0",
  asset: "daily_sales",
  at: "2024-06-01T11:59:00.125Z",
  what: "marked",
  actor: "tester",
  reason: "loaded by hand",
  details: { partitions: "2024-01-*", total: 93 },
};

export const samplePool: PoolSummary = {
  pool: "default",
  assets: ["daily_sales", "weekly_sales"],
  concurrency: 8,
  inUse: 6,
  waiting: 22,
  active: 24,
  delayed: 1,
  workers: 8,
  slots: 64,
  overruns: [],
};

export const sampleWorker: WorkerDetail = {
  id: "worker_0a1b2c3d",
  host: "node-1",
  pid: 4_242,
  version: "0.2.0",
  state: "running",
  startedAt: "2024-06-01T08:00:00.250Z",
  heartbeatAgeMs: 2_300,
  project: "0123456789abcdef",
  isProjectOlder: false,
  pools: { default: 16, warehouse: 4 },
  slots: 20,
  running: 1,
  partitions: [
    {
      asset: "daily_sales",
      key: "2024-06-01|us",
      backfillId: sampleId,
      workerId: "worker_0a1b2c3d",
      attempt: 2,
      startedAt: "2024-06-01T11:59:30.000Z",
    },
  ],
};

export const samplePlanner: PlannerSummary = {
  id: "planner_0a1b2c3d",
  host: "node-1",
  pid: 4_241,
  version: "0.2.0",
  state: "running",
  startedAt: "2024-06-01T08:00:00.250Z",
  heartbeatAgeMs: 300,
  project: "0123456789abcdef",
  isProjectOlder: false,
  backfills: 3,
};

export const sampleReport: DoctorReport = {
  namespace: "infill",
  fix: false,
  looked: { keys: 120, assets: 2, backfills: 1, ledgers: 2, partitions: 150, jobs: 24 },
  findings: [
    {
      check: "claim_missing",
      severity: "violation",
      asset: "daily_sales",
      partitions: ["2024-06-01|us", "2024-06-02|us"],
      count: 7,
      problem: "A partition has an in-progress bit and no running claim.",
      remedy: "The doctor clears the bit.",
      repair: "possible",
    },
    {
      check: "key_unknown",
      severity: "leftover",
      redisKey: "infill:strange",
      partitions: [],
      count: 1,
      problem: 'The key "infill:strange" is under this namespace.',
      remedy: "Find out who wrote it.",
      repair: "by_hand",
    },
  ],
  notes: ["Worker w_1 (host, process 7) has not been heard of for 90 s."],
  warnings: [],
  tookMs: 1_240,
};

export const sampleGaps: GapReport = {
  at: "2024-06-01T12:00:00.000Z",
  assets: [
    {
      asset: "daily_sales",
      total: 1_098,
      missing: { partitions: 3, text: "region=us; date=[2024-03-02...2024-03-04]" },
      failed: { partitions: 1, text: "2024-06-01|us" },
      stale: { partitions: 0, text: "" },
      partitions: 4,
      inProgress: 1,
    },
    {
      asset: "weekly_sales",
      total: 53,
      missing: { partitions: 0, text: "" },
      failed: { partitions: 0, text: "" },
      stale: { partitions: 2, text: "[2024-03-03...2024-03-10]" },
      partitions: 2,
      inProgress: 0,
    },
    {
      asset: "total",
      total: 1,
      missing: { partitions: 0, text: "" },
      failed: { partitions: 0, text: "" },
      stale: { partitions: 0, text: "" },
      partitions: 0,
      inProgress: 0,
    },
  ],
  partitions: 6,
  inProgress: 1,
};

export const sampleDynamic: DynamicDefinition = {
  name: "regions",
  keys: 6,
  removed: 1,
  assets: ["daily_sales", "regional_sales"],
};

export const sampleDynamicKey: DynamicPartition = {
  key: "us",
  since: "2024-06-01T11:00:00.000Z",
};

export const sampleDynamicChange: ChangedDynamicPartitions = {
  name: "regions",
  changed: 2,
  unchanged: 1,
  unchangedKeys: ["us"],
  assets: [{ asset: "regional_sales", materialized: 31, failed: 1, inProgress: 0 }],
};

export const sampleDynamicEvent: DynamicChangeEvent = {
  id: "1717239600000-0",
  definition: "regions",
  at: "2024-06-01T11:00:00.000Z",
  what: "removed",
  keys: 4,
  firstKeys: ["us", "eu", "jp"],
  actor: "tester",
  reason: "closed\u001b[31m",
};

/** What a prune answers. */
export const samplePruned: PrunedBackfills = {
  pruned: 21,
  kept: 2,
  firstFinishedAt: "2024-01-01T00:00:00.000Z",
  lastFinishedAt: "2024-01-02T00:00:00.000Z",
  ids: [sampleId],
  left: 7,
};

/** A round of pruning. */
export const samplePrune: PruneEvent = {
  at: "2024-06-01T12:00:00.000Z",
  actor: "planner",
  reason: "retention",
  backfills: 21,
  firstFinishedAt: "2024-01-01T00:00:00.000Z",
  lastFinishedAt: "2024-01-02T00:00:00.000Z",
};

/** A set of partitions with a hole. */
export const setWithHole = {
  asset: "daily_sales",
  keys: 5,
  firstKey: "2024-03-01",
  lastKey: "2024-03-09",
  ranges: {
    count: 2,
    first: [
      ["2024-03-01", "2024-03-03"],
      ["2024-03-08", "2024-03-09"],
    ],
  },
} as const;
