export type { PlannerOptions, RunningPlanner } from "./plannerOptions.ts";
export { startPlanner } from "./startPlanner.ts";
export type {
  AssetDetail,
  AssetPreview,
  AssetSummary,
  BackfillDetail,
  BackfillEvent,
  BackfillFailures,
  BackfillPreview,
  BackfillSummary,
  ChangedDynamicPartitions,
  ChangedPartitions,
  ChangedBackfill,
  ConnectOptions,
  ControlOptions,
  CreatedBackfill,
  DynamicChangeEvent,
  DynamicChangeOptions,
  DynamicDefinition,
  DynamicPartition,
  FailedPartition,
  FailureGroup,
  InfillClient,
  LastSettlement,
  LedgerCounts,
  Page,
  PageOptions,
  PauseOptions,
  PartitionChange,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  PoolSummary,
  RedisHealth,
  RetryCounts,
  RedeliverOptions,
  RetryOptions,
  StatusCounts,
  WaitingSummary,
} from "./client/client.ts";
export type { BackfillChanges, ChangeEffects } from "./client/backfillChanges.ts";
export { BackfillEndedError } from "./client/changeBackfill.ts";
export { UnknownDynamicPartitionsError } from "./client/dynamicPartitions.ts";
export { connect } from "./client/connect.ts";
export type { DurationEstimate, DurationSpan } from "./client/estimateDuration.ts";
export type { AssetGaps, Gap, GapReport } from "./client/findGaps.ts";
export { type PlanChange, PlanChangedError, UnknownPlanError } from "./client/planChanges.ts";
export { NonexistentUpstreamError } from "./client/planBackfill.ts";
export { UnknownDeliveryError } from "./client/redeliver.ts";
export { UnknownFailureGroupError } from "./client/retryBackfill.ts";
export type { DoctorFinding, DoctorOptions, DoctorReport } from "./doctor/doctorReport.ts";
export { WebhookSecretMissingError } from "./deliveryTargets.ts";
export { webhookSignature } from "./postWebhook.ts";
