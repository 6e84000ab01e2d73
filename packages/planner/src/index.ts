export type { PlannerOptions, RunningPlanner } from "./plannerOptions.ts";
export { startPlanner } from "./startPlanner.ts";
export type { AssetDetail, AssetSummary, PoolOverrun, PoolSummary } from "./client/assetAnswers.ts";
export type {
  AssetPreview,
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  BackfillSummary,
  ListedBackfill,
  UnreadableBackfill,
  ChangedBackfill,
  CreatedBackfill,
  LedgerCounts,
} from "./client/backfillAnswers.ts";
export type { ConnectOptions, InfillClient, RedisHealth } from "./client/client.ts";
export type {
  ControlOptions,
  PauseOptions,
  RetryCounts,
  RetryOptions,
} from "./client/controlOptions.ts";
export type { RedeliverOptions, WaitingSummary } from "./client/deliveryAnswers.ts";
export type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
  DynamicChangeOptions,
  DynamicDefinition,
  DynamicPartition,
} from "./client/dynamicAnswers.ts";
export type { BackfillFailures, FailedPartition, FailureGroup } from "./client/failureAnswers.ts";
export type { AssetStatePreview, KeptStatePreview } from "./client/giveUpAsset.ts";
export type { RenamePreview } from "./client/renameAsset.ts";
export type { Attention } from "./client/attention.ts";
export type { ErrorCause } from "./errorNotes.ts";
export type { Page, PageOptions } from "./client/pages.ts";
export type {
  PlannerSummary,
  ProcessSummary,
  WorkerDetail,
  WorkerSummary,
} from "./client/processAnswers.ts";
export { UnknownWorkerError } from "./client/listProcesses.ts";
export type { PruneEvent, PruneOptions, PrunedBackfills } from "./client/pruneAnswers.ts";
export type {
  ChangedPartitions,
  LastSettlement,
  PartitionChange,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  PastAttempt,
  RunningAttempt,
  RunningPartition,
  StandingStatus,
  StatusCounts,
} from "./client/partitionAnswers.ts";
export type { PartitionWhy, WhyPartition, WhyReason, WhyUpstream } from "./client/whyAnswers.ts";
export type { BackfillChanges, ChangeEffects } from "./client/backfillChanges.ts";
export type { AssetSpan, KeySpan } from "./client/keySpan.ts";
export { BackfillEndedError } from "./client/changeBackfill.ts";
export { UnknownDynamicPartitionsError } from "./client/dynamicPartitions.ts";
export { connect } from "./client/connect.ts";
export type { DurationEstimate, DurationSpan } from "./client/estimateDuration.ts";
export type { AssetGaps, Gap, GapReport } from "./client/findGaps.ts";
export { type PlanChange, PlanChangedError, UnknownPlanError } from "./client/planChanges.ts";
export { NonexistentUpstreamError } from "./client/nonexistentUpstream.ts";
export { UnknownDeliveryError } from "./client/redeliver.ts";
export { AmbiguousBackfillError } from "./client/resolveBackfillId.ts";
export { UnknownFailureGroupError } from "./client/retryBackfill.ts";
export type { DoctorFinding, DoctorOptions, DoctorReport } from "./doctor/doctorReport.ts";
export { WebhookSecretMissingError } from "./deliveryTargets.ts";
export { webhookSignature } from "./postWebhook.ts";
