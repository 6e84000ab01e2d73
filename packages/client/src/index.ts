export type { AssetDetail, AssetSummary, PoolOverrun, PoolSummary } from "./assets/assetAnswers.ts";
export { type AssetGaps, type Gap, type GapReport } from "./assets/findGaps.ts";
export { type AssetStatePreview, type KeptStatePreview } from "./assets/changeAssetState.ts";
export { type RenamePreview } from "./assets/renameAssetState.ts";
export { type Attention } from "./backfills/attention.ts";
export {
  type AssetPreview,
  type BackfillDetail,
  type BackfillEvent,
  type BackfillPreview,
  type BackfillSummary,
  type ChangedBackfill,
  type CreatedBackfill,
  type ListedBackfill,
  type UnreadableBackfill,
} from "./backfills/backfillAnswers.ts";
export { type ChangeEffects } from "./backfills/changeEffects.ts";
export type { PrunedBackfills, PruneEvent } from "./backfills/pruneAnswers.ts";
export { type InfillClient, type RedisHealth } from "./infillClient.ts";
export { connect } from "./connect.ts";
export { type WaitingSummary } from "./deliveries/deliveryAnswers.ts";
export {
  type ChangedDynamicPartitions,
  type DynamicChangeEvent,
  type DynamicDefinition,
  type DynamicPartition,
} from "./dynamic/dynamicAnswers.ts";
export {
  type ChangedPartitions,
  type LastSettlement,
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
export { type AssetSpan } from "./shared/keySpan.ts";
export { type Page } from "./shared/page.ts";
export { type RetryCounts } from "./shared/retryCounts.ts";
export {
  assetDetailSchema,
  assetStatePreviewSchema,
  assetStateSchema,
  assetSummarySchema,
  gapReportSchema,
  keptStatePreviewSchema,
  keptStateSchema,
  poolSummarySchema,
  renamePreviewSchema,
} from "./schemas/assetAnswerSchemas.ts";
export { assetInputs } from "./schemas/assetSchemas.ts";
export {
  backfillDetailSchema,
  backfillEventSchema,
  backfillSummarySchema,
  changedBackfillSchema,
  listedBackfillSchema,
  pruneEventSchema,
  prunedBackfillsSchema,
  retriedBackfillSchema,
  retryCountsSchema,
} from "./schemas/backfillAnswerSchemas.ts";
export {
  type BackfillChanges,
  backfillInputs,
  type PauseOptions,
  type PruneOptions,
  type RetryOptions,
} from "./schemas/backfillSchemas.ts";
export { type ConnectOptions, connectOptionsSchema } from "./schemas/connectOptionsSchema.ts";
export { type ControlOptions, controlOptionsSchema } from "./schemas/controlSchemas.ts";
export { waitingSummarySchema } from "./schemas/deliveryAnswerSchemas.ts";
export { deliveryInputs, type RedeliverOptions } from "./schemas/deliverySchemas.ts";
export {
  changedDynamicPartitionsSchema,
  dynamicChangeEventSchema,
  dynamicDefinitionSchema,
  dynamicPartitionSchema,
} from "./schemas/dynamicAnswerSchemas.ts";
export { type DynamicChangeOptions, dynamicInputs } from "./schemas/dynamicSchemas.ts";
export { backfillFailuresSchema, failureGroupSchema } from "./schemas/failureAnswerSchemas.ts";
export { type PageOptions, pageOptionsSchema, pageSchema } from "./schemas/pageSchemas.ts";
export {
  changedPartitionsSchema,
  partitionChangeEventSchema,
  partitionDetailSchema,
  partitionSummarySchema,
  statusCountsSchema,
} from "./schemas/partitionAnswerSchemas.ts";
export { type PartitionChange, partitionInputs } from "./schemas/partitionSchemas.ts";
export { backfillPreviewSchema, createdBackfillSchema } from "./schemas/previewAnswerSchemas.ts";
export {
  plannerSummarySchema,
  workerDetailSchema,
  workerSummarySchema,
} from "./schemas/processAnswerSchemas.ts";
export { partitionWhySchema } from "./schemas/whyAnswerSchemas.ts";
export { workerInputs } from "./schemas/processSchemas.ts";
export type { PartitionWhy, WhyPartition, WhyReason, WhyUpstream } from "./why/whyAnswers.ts";
export { BackfillEndedError } from "./changes/changeRunningBackfill.ts";
export { AmbiguousBackfillError } from "./backfills/resolveBackfillId.ts";
export { UnknownFailureGroupError } from "./retry/requireFailureGroup.ts";
export { UnknownDeliveryError } from "./deliveries/redeliver.ts";
export { UnknownDynamicPartitionsError } from "./dynamic/dynamicPartitions.ts";
export { UnknownWorkerError } from "./processes/listProcesses.ts";
