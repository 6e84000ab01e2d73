export {
  type AnyAsset,
  type Asset,
  type AssetDependency,
  type AssetOptions,
  asset,
  dep,
} from "./assets/asset.ts";
export { actorAndReason } from "./requests/actorAndReason.ts";
export { type AssetEdge, type AssetGraph, assetGraph } from "./assets/assetGraph.ts";
export {
  AssetSelectionError,
  selectAssets,
  type SelectionTerm,
  selectionTerms,
} from "./assets/assetSelection.ts";
export {
  backfillIdPattern,
  newBackfillId,
  type RandomBytes,
  submittedMs,
} from "./requests/backfillId.ts";
export {
  type BackfillOrder,
  type BackfillSettings,
  backfillOrders,
  backfillSettingsSchema,
  type Budget,
  budgetSchema,
  changeSettings,
  type SettingChanges,
  settingChangesSchema,
  settingFields,
} from "./requests/backfillSettings.ts";
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
} from "./requests/backfillRequest.ts";
export { type ConcurrencyPer, capSchema } from "./requests/concurrencyPer.ts";
export {
  type BackfillSubmission,
  type ResolvedBackfillSubmission,
  backfillSubmissionSchema,
} from "./requests/backfillSubmission.ts";
export { definitionTimezone } from "./assets/definitionTimezone.ts";
export { zonedInstant } from "./requests/zonedInstant.ts";
export { describeMapping } from "./assets/describeMapping.ts";
export { errorFingerprint, errorTemplate, fingerprintPattern } from "./errors/errorFingerprint.ts";
export {
  type BackfillEnd,
  type FinishedBackfill,
  backfillSummaryFields,
  finishedBackfillSchema,
} from "./assets/finishedBackfill.ts";
export {
  type Alerts,
  type BackfillAlertSummary,
  type FailingBackfill,
  failingBackfillSchema,
} from "./assets/failingBackfill.ts";
export {
  type BackfillPauseSummary,
  type PausedBackfill,
  pausedBackfillSchema,
} from "./assets/pausedBackfill.ts";
export type { Webhook } from "./assets/webhook.ts";
export {
  AssetCycleError,
  DuplicateAssetError,
  NotUpstreamError,
  NoWindowError,
  UnknownAssetError,
  UnlistedAssetError,
  UnknownPoolError,
} from "./assets/graphErrors.ts";
export { errorLine } from "./errors/errorLine.ts";
export {
  type ThrownError,
  type ThrownErrors,
  thrownErrors,
  wellFormed,
} from "./errors/thrownErrors.ts";
export { InvalidOptionsError, parseOptions } from "./errors/invalidOptionsError.ts";
export { loggableFields, loggableText } from "./errors/loggable.ts";
export type {
  Materialize,
  MaterializeContext,
  MaterializeLog,
  MaterializePartition,
  MaterializeResult,
} from "./assets/materializeContext.ts";
export { messageOf } from "./errors/messageOf.ts";
export {
  type Metadata,
  type MetadataValue,
  maxMetadataBytes,
  type StoredMetadata,
  storedMetadata,
} from "./assets/metadata.ts";
export { nameSchema } from "./requests/nameSchema.ts";
export {
  coversPartition,
  addressesOf,
  encodePartitionJob,
  type PartitionJob,
  type PartitionJobData,
  type PartitionRun,
  partitionJobSchema,
} from "./requests/partitionJob.ts";
export {
  isProject,
  type Pool,
  type Project,
  type ProjectOptions,
  project,
  type OnBackfillFailing,
  type OnBackfillFinished,
  type OnBackfillPaused,
} from "./assets/project.ts";
export { processOptions } from "./assets/processOptions.ts";
export { type ProjectVersions, versionsOf } from "./assets/projectVersions.ts";
export {
  parseRedisUrl,
  type RedisAddress,
  RedisUrlError,
  redactRedisUrl,
} from "./requests/redisAddress.ts";
export type { Retention } from "./assets/retention.ts";
export {
  type ResolvedRetryPolicy,
  type RetryPolicy,
  retryDelayMs,
  retryPolicySchema,
} from "./requests/retryPolicy.ts";
export { crashPoint, type CrashStep } from "./process/crashPoint.ts";
export { limitRepeats } from "./process/limitRepeats.ts";
export { guardedLogger, logWith, silentLogger, type Logger } from "./process/logger.ts";
export { pause } from "./process/pause.ts";
export { Slots } from "./process/slots.ts";
export { turns } from "./process/turns.ts";
export { within } from "./process/within.ts";
