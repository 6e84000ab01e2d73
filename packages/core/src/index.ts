export {
  type AnyAsset,
  type Asset,
  type AssetDependency,
  type AssetOptions,
  asset,
  dep,
} from "./asset.ts";
export { type AssetEdge, type AssetGraph, assetGraph } from "./assetGraph.ts";
export type { SelectionTerm } from "./assetSelection.ts";
export { AssetSelectionError, selectAssets, selectionTerms } from "./assetSelection.ts";
export { backfillIdPattern, newBackfillId, type RandomBytes } from "./backfillId.ts";
export {
  type BackfillOrder,
  type BackfillSettings,
  backfillOrders,
  backfillSettingsSchema,
  type Budget,
  changeSettings,
  type SettingChanges,
  settingChangesSchema,
} from "./backfillSettings.ts";
export {
  type BackfillRequest,
  type BackfillStatus,
  backfillRequestSchema,
  backfillStatuses,
  isFinalStatus,
  type OverlapPolicy,
  overlapPolicies,
  type RequestOrigin,
  requestOrigins,
  settingsOfRequest,
  type ReprocessMode,
  type ResolvedBackfillRequest,
  reprocessModes,
} from "./backfillRequest.ts";
export { type ConcurrencyPer, capSchema } from "./concurrency.ts";
export { type BackfillSubmission, backfillSubmissionSchema } from "./backfillSubmission.ts";
export { definitionTimezone } from "./definitionTimezone.ts";
export { zonedInstant } from "./zonedInstant.ts";
export { describeMapping } from "./describeMapping.ts";
export { errorFingerprint, errorTemplate, fingerprintPattern } from "./errorFingerprint.ts";
export {
  type BackfillEnd,
  type FinishedBackfill,
  backfillSummaryFields,
  finishedBackfillSchema,
} from "./finishedBackfill.ts";
export {
  type Alerts,
  type BackfillAlertSummary,
  type FailingBackfill,
  failingBackfillSchema,
} from "./failingBackfill.ts";
export {
  type BackfillPauseSummary,
  type PausedBackfill,
  pausedBackfillSchema,
} from "./pausedBackfill.ts";
export type { Webhook } from "./webhook.ts";
export {
  AssetCycleError,
  DuplicateAssetError,
  NotUpstreamError,
  NoWindowError,
  UnknownAssetError,
  UnlistedAssetError,
  UnknownPoolError,
} from "./graphErrors.ts";
export { errorLine } from "./errorLine.ts";
export {
  type ThrownError,
  type ThrownErrors,
  thrownErrors,
  wellFormed,
} from "./thrownErrors.ts";
export { InvalidOptionsError, parseOptions } from "./invalidOptionsError.ts";
export { loggableFields, loggableText } from "./loggable.ts";
export type {
  Materialize,
  MaterializeContext,
  MaterializeLog,
  MaterializePartition,
  MaterializeResult,
} from "./materializeContext.ts";
export { messageOf } from "./messageOf.ts";
export {
  type Metadata,
  type MetadataValue,
  maxMetadataBytes,
  type StoredMetadata,
  storedMetadata,
} from "./metadata.ts";
export { nameSchema } from "./names.ts";
export { type PartitionJob, partitionJobSchema } from "./partitionJob.ts";
export {
  isProject,
  type Pool,
  type Project,
  type ProjectOptions,
  project,
  type OnBackfillFailing,
  type OnBackfillFinished,
  type OnBackfillPaused,
} from "./project.ts";
export { type ProjectVersions, versionsOf } from "./projectVersions.ts";
export {
  parseRedisUrl,
  type RedisAddress,
  RedisUrlError,
  redactRedisUrl,
} from "./redisAddress.ts";
export type { Retention } from "./retention.ts";
export {
  type ResolvedRetryPolicy,
  type RetryPolicy,
  retryDelayMs,
  retryPolicySchema,
} from "./retryPolicy.ts";
