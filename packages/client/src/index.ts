export type { AssetDetail, AssetSummary, PoolOverrun, PoolSummary } from "./assets/assetAnswers.ts";
export { type AssetGaps, type Gap, type GapReport } from "./assets/findGaps.ts";
export { type AssetStatePreview } from "./assets/giveUpAsset.ts";
export { type RenamePreview } from "./assets/renameAssetState.ts";
export { type Attention } from "./backfills/attention.ts";
export {
  type AssetPreview,
  type BackfillDetail,
  type BackfillEvent,
  type BackfillPreview,
  type BackfillSummary,
  type CreatedBackfill,
  type ListedBackfill,
  type UnreadableBackfill,
} from "./backfills/backfillAnswers.ts";
export { type BackfillChanges, type ChangeEffects } from "./backfills/backfillChanges.ts";
export type { PrunedBackfills, PruneEvent, PruneOptions } from "./backfills/pruneAnswers.ts";
export { type ConnectOptions, type InfillClient, type RedisHealth } from "./client.ts";
export { connect } from "./connect.ts";
export { type RedeliverOptions, type WaitingSummary } from "./deliveries/deliveryAnswers.ts";
export {
  type ChangedDynamicPartitions,
  type DynamicChangeEvent,
  type DynamicChangeOptions,
  type DynamicDefinition,
  type DynamicPartition,
} from "./dynamic/dynamicAnswers.ts";
export {
  type ChangedPartitions,
  type LastSettlement,
  type PartitionChange,
  type PartitionChangeEvent,
  type PartitionDetail,
  type PartitionStatus,
  type PartitionSummary,
  type PastAttempt,
  type RunningAttempt,
  type RunningPartition,
  type StandingStatus,
  type StatusCounts,
} from "./partitions/partitionAnswers.ts";
export {
  type PlannerSummary,
  type ProcessSummary,
  type WorkerDetail,
  type WorkerSummary,
} from "./processes/processAnswers.ts";
export type {
  ControlOptions,
  PauseOptions,
  RetryCounts,
  RetryOptions,
} from "./shared/controlOptions.ts";
export { type AssetSpan } from "./shared/keySpan.ts";
export { type Page, type PageOptions } from "./shared/pages.ts";
export type { PartitionWhy, WhyPartition, WhyReason, WhyUpstream } from "./why/whyAnswers.ts";
export { BackfillEndedError } from "./backfills/changeRunningBackfill.ts";
export { AmbiguousBackfillError } from "./backfills/resolveBackfillId.ts";
export { UnknownFailureGroupError } from "./backfills/requireFailureGroup.ts";
export { UnknownDeliveryError } from "./deliveries/redeliver.ts";
export { UnknownDynamicPartitionsError } from "./dynamic/dynamicPartitions.ts";
export { UnknownWorkerError } from "./processes/listProcesses.ts";
