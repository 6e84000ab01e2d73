export { type PlannerOptions, type RunningPlanner, startPlanner } from "./startPlanner.ts";
export type {
  AssetDetail,
  AssetPreview,
  AssetSummary,
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  BackfillSummary,
  ConnectOptions,
  ControlOptions,
  CreatedBackfill,
  FailedPartition,
  InfillClient,
  LastSettlement,
  LedgerCounts,
  Page,
  PageOptions,
  PauseOptions,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  PoolSummary,
  RedisHealth,
  StatusCounts,
} from "./client/client.ts";
export { connect } from "./client/connect.ts";
export { NonexistentUpstreamError } from "./client/planBackfill.ts";
