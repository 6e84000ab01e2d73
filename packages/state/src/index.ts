export type { LedgerPlane } from "./keys.ts";
export { AssetOrdinals, type LaneOrdinals, type PartitionAddress } from "./assetOrdinals.ts";
export { forgetCap, readBackfillCap, setBackfillCap } from "./backfillCap.ts";
export {
  appendBackfillLog,
  type LogEntry,
  type LogFacts,
  type LoggedEvent,
  factsSchema,
  logEntryJson,
  readBackfillLog,
} from "./backfillLog.ts";
export {
  beginPrune,
  countEnded,
  type EndedBackfill,
  forgetNumber,
  interruptedPrunes,
  type PruneRound,
  readEnded,
  readPrunes,
  recordPrune,
} from "./pruneBackfill.ts";
export {
  type BackfillPlace,
  completeBackfillLists,
  placeOfBackfill,
  readBackfillList,
  relistBackfills,
  wronglyListed,
} from "./backfillLists.ts";
export {
  type BackfillHeader,
  type BackfillPause,
  type BackfillProgress,
  type BackfillRecord,
  UnknownBackfillError,
} from "./backfillRecord.ts";
export { quoted, type UnreadableField, UnreadableBackfillError } from "./unreadableBackfill.ts";
export {
  type BackfillKeys,
  findBackfillKeys,
  finishPurge,
  hideBackfill,
  releaseHolds,
  unlinkKeys,
} from "./purgeBackfill.ts";
export { excerptOf, isWrongType, StateUnreadableError, storedJson } from "./unreadable.ts";
export {
  listSetAside,
  readSetAside,
  type SetAsideBackfill,
  setAsideBackfill,
} from "./setAsideBackfill.ts";
export {
  activeBackfills,
  backfillExists,
  isBackfillOver,
  backfillOfFields,
  type BackfillChange,
  changeBackfill,
  createBackfillRecord,
  leaseBackfill,
  leaseRetention,
  findBackfill,
  findReadableBackfill,
  readBackfill,
  readPlannedVersions,
  releaseBackfill,
  setBackfillStatus,
} from "./backfills.ts";
export { markPartitions, type PartitionsChanged, wipePartitions } from "./changePartitions.ts";
export {
  type AttemptEnd,
  type AttemptEntry,
  parseAttempts,
  readAttempts,
} from "./attemptHistory.ts";
export { type ClaimEntry, parseClaimEntry, readClaims, runningClaims } from "./claimEntry.ts";
export {
  type ClaimAnswer,
  type ClaimRequest,
  claimPartitions,
  partitionsPerCall,
} from "./claimPartitions.ts";
export {
  changeDynamicKeys,
  type DynamicKeyChange,
  readDynamicKeyChanges,
} from "./changeDynamicKeys.ts";
export type {
  DatedKey,
  DynamicKeyHistory,
  DynamicPlace,
  DynamicRevision,
} from "./dynamicKeyHistory.ts";
export {
  type DynamicKeySets,
  dynamicNamesOfAssets,
  type DynamicRevisions,
  type PlanMoment,
} from "./dynamicKeySets.ts";
export { alertBackfill } from "./alertBackfill.ts";
export { crashPoint, type CrashStep, crashSteps } from "./crashPoint.ts";
export { addPartitions, cancelPartitions, SelectionTooScatteredError } from "./changeSelection.ts";
export { chunkOf, chunkOrdinals, type Keys, pageRecords, stateKeys } from "./keys.ts";
export { type AssetCensus, type Census, takeCensus } from "./doctor/census.ts";
export { isDeleted } from "./doctor/isDeleted.ts";
export type { Place } from "./doctor/place.ts";
export { type ClaimLook, lookAtClaims } from "./doctor/claimLook.ts";
export {
  type Discrepancy,
  discrepancyId,
  type DoctorCheck,
  doctorChecks,
} from "./doctor/discrepancy.ts";
export {
  countSelected,
  type LedgerLook,
  type LedgerToLookAt,
  lookAtLedger,
} from "./doctor/ledgerLook.ts";
export {
  mendBackfill,
  mendJob,
  mendLedger,
  removeLedger,
  returnReservations,
} from "./doctor/mend.ts";
export { mendLine, mendPermits } from "./doctor/mendPermits.ts";
export {
  lookAtPermitNotes,
  type PermitNotes,
  placeInLine,
  readPermitNotes,
} from "./doctor/permitLook.ts";
export { lookAtDynamicKeys } from "./doctor/dynamicLook.ts";
export { recordedBy } from "./doctor/recordedBy.ts";
export { lookAtRecords } from "./doctor/recordLook.ts";
export { lookAtWaiters } from "./doctor/waiterLook.ts";
export { lookAtEntries } from "./doctor/entryLook.ts";
export { lookAtSubmissions } from "./doctor/submissionLook.ts";
export { lookAtSummaries } from "./doctor/summaryLook.ts";
export { lookAtTexts } from "./doctor/textLook.ts";
export { setAsideKey, setAsideRow } from "./doctor/setAside.ts";
export { type DocumentedKey, documentedKey, type KeyType } from "./keyPatterns.ts";
export {
  AssetUnregisteredError,
  dropReservations,
  type LanePage,
  type LedgerCounters,
  openLedger,
  type Reservation,
  type ReserveMark,
  readCountersOfAssets,
  readLedgerCounters,
  reservePartitions,
  settleUnstarted,
  type Unstartable,
} from "./ledger.ts";
export { soundSealedLedgers } from "./doctor/sealedLook.ts";
export { type LedgerFacts, readLedgerFacts } from "./doctor/ledgerFacts.ts";
export {
  readLedgerPlane,
  readManySelected,
  readSealed,
  readSelected,
  type SealedLedger,
} from "./readLedger.ts";
export {
  assetsOfBackfills,
  type LedgerName,
  type Sealing,
  sealLedger,
  unsealedLedgers,
  unsealLedger,
} from "./sealLedger.ts";
export { packBackfill, type Packing, unpackedBackfills } from "./packBackfill.ts";
export { forgetClaims } from "./forgetClaims.ts";
export { controlLedger, controlLedgers } from "./controlLedger.ts";
export { controlOfStatus, type LedgerControl, ledgerControlSchema } from "./ledgerControl.ts";
export { guardedLogger, logWith, type Logger, silentLogger } from "./logger.ts";
export {
  assetsOfDeleted,
  BackfillActiveError,
  beginDelete,
  deleteLedger,
  finishDelete,
} from "./deleteBackfill.ts";
export {
  type DeliveryOutcome,
  expandDelivery,
  isUndelivered,
  readDeliveries,
  readParkedDeliveries,
  redeliverParked,
  settleDelivery,
  type TakenDelivery,
  takeDelivery,
  type WaitingDelivery,
} from "./deliveries.ts";
export { type LastSettlementNote, readLastSettlements } from "./lastSettlements.ts";
export { auditIdPattern, type LoggedChange, readPartitionAudit } from "./partitionAudit.ts";
export { claimTagOf, type PartitionRecord, recordBytes } from "./partitionRecord.ts";
export { readAssetPlane, readNotes, readRecords } from "./partitionState.ts";
export {
  countPermits,
  firstReviewMs,
  holderName,
  holdersPerCall,
  parseHolder,
  permitHoldersOf,
  patienceInLineMs,
  type PermitAnswer,
  type PermitHolder,
  type PermitRequest,
  releasePermits,
  type ScopeUse,
  takePermits,
  usedScopes,
} from "./permits.ts";
export {
  type AssetScopes,
  assetScope,
  assetScopes,
  backfillScope,
  type CappedScope,
  poolScope,
  valueScope,
} from "./permitScopes.ts";
export {
  connectionOptions,
  type OpenRedisOptions,
  openRedis,
  quietRedis,
} from "./redisConnection.ts";
export { limitRepeats } from "./limitRepeats.ts";
export { logRedisWaits } from "./logRedisWaits.ts";
export { PatientRedis } from "./patientRedis.ts";
export {
  isNotNow,
  type RedisTrouble,
  type RedisTroubleCode,
  RedisTroubleError,
  redisTroubleOf,
  troubleText,
} from "./redisTrouble.ts";
export { type OnRedisWait, type RedisWait, RedisWaits } from "./redisWait.ts";
export {
  checkRedis,
  RedisEvictsError,
  type RedisHealth,
  RedisVersionError,
} from "./redisHealth.ts";
export { inspectAsset, inspectAssets, inspectProject } from "./inspectAsset.ts";
export {
  type AssetChange,
  AssetInUseError,
  type AssetState,
  assetOperation,
  giveUpAsset,
  measureAsset,
  readGivenUpAssets,
  usersOfAsset,
} from "./assetChanges.ts";
export { type KeptState, migrateAsset, previewKept, StateNotKeptError } from "./migrateAsset.ts";
export { type AssetOperation, describeOperation } from "./assetOperation.ts";
export {
  AssetRenameError,
  checkRename,
  renameAsset,
  type RenameStage,
  renameStage,
  takeRenameBack,
} from "./renameAsset.ts";
export { isRegistered, registerAsset, registerProject } from "./registerAsset.ts";
export {
  AssetChangingError,
  DefinitionChangedError,
  type RegisteredAsset,
  RegisteredAssets,
  requireAsset,
  unfitAssets,
} from "./registeredAssets.ts";
export {
  isAnyPlannerAlive,
  type PlannerEntry,
  readPlanners,
  type RegisteredPlanner,
  removePlanner,
  writePlanner,
} from "./plannerRegistry.ts";
export {
  newestVersions,
  olderAssets,
  isKnownProject,
  readManifest,
  registeredVersions,
  registerVersions,
} from "./projectRegistry.ts";
export { refuseEarlierSkips, reopenPartitions } from "./reopenPartitions.ts";
export { type Release, type ReleaseAnswer, releasePartitions } from "./releasePartitions.ts";
export { reviewPermits } from "./reviewPermits.ts";
export { lapseSessions, type Renewal, renewSession } from "./sessions.ts";
export {
  type FeedEvent,
  parseSettlements,
  type SettlementEvent,
  SettlementFeed,
} from "./settlementFeed.ts";
export {
  IdempotencyConflictError,
  readSubmission,
  reserveSubmission,
  type Submission,
  textDigest,
} from "./submissions.ts";
export { keepPlan, type KeptPlan, readPlan } from "./plans.ts";
export { type LaneRows, readSettlementTable, type SettlementTable } from "./settlementTable.ts";
export { type Settlement, type SettlementAnswer, settlePartitions } from "./settlePartitions.ts";
export { noteOverrun, type Overrun, readOverruns } from "./overruns.ts";
export { scriptText } from "./script.ts";
export { judgeLapse, startSuspect } from "./startSuspect.ts";
export { version } from "./version.ts";
export { within } from "./within.ts";
export { closeRedis, openStateStore, randomId, type StateStore } from "./stateStore.ts";
export {
  blockedMsOfSessions,
  type RegisteredWorker,
  readWorkerRegistry,
  readWorkers,
  redisTimeMs,
  removeWorker,
  type UnreadableWorker,
  type WorkerEntry,
  type WorkerRegistry,
  workerEntryCall,
  writeWorker,
} from "./workerRegistry.ts";
export { type StopWatching, watchServer } from "./serverWatch.ts";
export { inGroups } from "./inGroups.ts";
export { Slots } from "./slots.ts";
export { turns } from "./turns.ts";
