export type { LedgerPlane } from "./keys/keys.ts";
export { AssetOrdinals, type LaneOrdinals, type LanePlace } from "./keys/assetOrdinals.ts";
export { newTileLayout, type TileLayout } from "./keys/tiles.ts";
export {
  formatAddress,
  ordinalsByLane,
  type PartitionAddress,
  type PartitionMapKey,
  parseAddress,
  partitionMapKey,
} from "./keys/partitionAddress.ts";
export { forgetCap, readBackfillCap, setBackfillCap } from "./backfills/backfillCap.ts";
export {
  appendBackfillLog,
  type LogEntry,
  type LogFacts,
  type LoggedEvent,
  factsSchema,
  logEntryJson,
  readBackfillLog,
} from "./log/backfillLog.ts";
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
} from "./backfills/prunes.ts";
export {
  type BackfillPlace,
  completeBackfillLists,
  placeOfBackfill,
  readBackfillList,
  relistBackfills,
  wronglyListed,
} from "./backfills/backfillLists.ts";
export {
  type BackfillHeader,
  type BackfillPause,
  type BackfillProgress,
  type BackfillRecord,
  UnknownBackfillError,
} from "./backfills/backfillRecord.ts";
export {
  quoted,
  type UnreadableField,
  UnreadableBackfillError,
} from "./redis/unreadableBackfill.ts";
export { excerptOf, isWrongType, StateUnreadableError, storedJson } from "./redis/unreadable.ts";
export {
  listSetAside,
  readSetAside,
  type SetAsideBackfill,
  setAsideBackfill,
} from "./backfills/setAsideBackfill.ts";
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
  releaseBackfill,
  setBackfillStatus,
} from "./backfills/backfills.ts";
export {
  olderThanNeeded,
  raiseBackfillVersions,
  readBackfillVersions,
} from "./backfills/backfillVersions.ts";
export {
  markPartitions,
  type PartitionsChanged,
  wipePartitions,
} from "./changes/changePartitions.ts";
export {
  type AttemptEnd,
  type AttemptEntry,
  parseAttempts,
  readAttempts,
} from "./settlements/attemptHistory.ts";
export {
  type ClaimEntry,
  parseClaimEntry,
  readClaims,
  runningClaims,
} from "./claims/claimEntry.ts";
export {
  type ClaimAnswer,
  type ClaimRequest,
  claimPartitions,
  partitionsPerCall,
} from "./claims/claimPartitions.ts";
export {
  changeDynamicKeys,
  type DynamicKeyChange,
  readDynamicKeyChanges,
} from "./changes/changeDynamicKeys.ts";
export type {
  DatedKey,
  DynamicKeyHistory,
  DynamicPlace,
  DynamicRevision,
} from "./dynamic/dynamicKeyHistory.ts";
export {
  type DynamicKeySets,
  dynamicNamesOfAssets,
  type DynamicRevisions,
  type PlanMoment,
} from "./dynamic/dynamicKeySets.ts";
export { alertBackfill } from "./backfills/alertBackfill.ts";
export {
  addPartitions,
  cancelPartitions,
  SelectionTooScatteredError,
} from "./changes/changeSelection.ts";
export { chunkOf, chunkOrdinals, type Keys, pageRecords, stateKeys } from "./keys/keys.ts";
export { type DocumentedKey, documentedKey, type KeyType } from "./keys/documentedKey.ts";
export { queueLists, queueSets, waitingSets } from "./keys/queueKeys.ts";
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
} from "./ledger/ledger.ts";
export {
  countChunks,
  readLedgerPlane,
  readManySelected,
  readSealed,
  readSelected,
  type SealedLedger,
  wholeChunksOf,
} from "./ledger/readLedger.ts";
export {
  assetsOfBackfills,
  type LedgerName,
  type Sealing,
  sealLedger,
  unsealedLedgers,
  unsealLedger,
} from "./ledger/sealLedger.ts";
export { packBackfill, type Packing, unpackedBackfills } from "./backfills/packBackfill.ts";
export { forgetClaims } from "./claims/forgetClaims.ts";
export { setLedgerControl, setControlOfLedgers } from "./backfills/setLedgerControl.ts";
export {
  controlOfStatus,
  type LedgerControl,
  ledgerControlSchema,
} from "./ledger/ledgerControl.ts";
export {
  assetsOfDeleted,
  BackfillActiveError,
  beginDelete,
  deleteLedger,
  finishDelete,
} from "./backfills/backfillDeletion.ts";
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
} from "./deliveries/deliveries.ts";
export { type LastSettlementNote, readLastSettlements } from "./settlements/readLastSettlements.ts";
export { auditIdPattern, type LoggedChange, readPartitionAudit } from "./log/partitionAudit.ts";
export { claimTagOf, type PartitionRecord, recordBytes } from "./keys/partitionRecord.ts";
export {
  readAssetPlane,
  readAssetPlanes,
  readNotes,
  readRecords,
} from "./settlements/partitionState.ts";
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
} from "./permits/permits.ts";
export {
  type AssetScopes,
  assetScope,
  assetScopes,
  backfillScope,
  type CappedScope,
  poolScope,
  valueScope,
} from "./keys/permitScopes.ts";
export {
  connectionOptions,
  type OpenRedisOptions,
  openRedis,
  quietRedis,
} from "./redis/redisConnection.ts";
export { logRedisWaits } from "./redis/logRedisWaits.ts";
export { PatientRedis } from "./redis/patientRedis.ts";
export {
  isNotNow,
  type RedisTrouble,
  type RedisTroubleCode,
  RedisTroubleError,
  redisTroubleOf,
  troubleText,
} from "./redis/redisTrouble.ts";
export { type OnRedisWait, type RedisWait, RedisWaits } from "./redis/redisWait.ts";
export {
  checkRedis,
  RedisEvictsError,
  type RedisHealth,
  RedisVersionError,
} from "./redis/redisHealth.ts";
export { inspectAsset, inspectAssets, inspectProject } from "./assets/inspectAsset.ts";
export {
  type AssetChange,
  AssetInUseError,
  type AssetState,
  assetOperation,
  giveUpAsset,
  measureAsset,
  readGivenUpAssets,
  usersOfAsset,
} from "./changes/assetChanges.ts";
export { StateNotKeptError } from "./changes/coverAsset.ts";
export { migrateAsset } from "./changes/migrateAsset.ts";
export { type KeptState, previewKept } from "./changes/previewKept.ts";
export { type AssetOperation, describeOperation } from "./redis/assetOperation.ts";
export {
  AssetRenameError,
  checkRename,
  renameAsset,
  type RenameStage,
  renameStage,
  takeRenameBack,
} from "./changes/renameAsset.ts";
export { isRegistered, registerAsset, registerProject } from "./assets/registerAsset.ts";
export {
  DefinitionChangedError,
  type RegisteredAsset,
  RegisteredAssets,
  requireAsset,
  unfitAssets,
} from "./assets/registeredAssets.ts";
export { AssetChangingError } from "./redis/assetChangingError.ts";
export {
  isAnyPlannerAlive,
  type PlannerEntry,
  readPlanners,
  type RegisteredPlanner,
  removePlanner,
  writePlanner,
} from "./processes/plannerRegistry.ts";
export {
  newestVersions,
  olderAssets,
  isKnownProject,
  readManifest,
  registeredVersions,
  registerVersions,
} from "./processes/projectRegistry.ts";
export { refuseEarlierSkips, reopenPartitions } from "./ledger/reopenPartitions.ts";
export { type Release, type ReleaseAnswer, releasePartitions } from "./claims/releasePartitions.ts";
export { reviewPermits } from "./permits/reviewPermits.ts";
export { lapseSessions, type Renewal, renewSession } from "./processes/sessions.ts";
export { parseSettlements, type SettlementEvent } from "./settlements/parseSettlements.ts";
export { type FeedEvent, SettlementFeed } from "./settlements/settlementFeed.ts";
export {
  IdempotencyConflictError,
  readSubmission,
  reserveSubmission,
  type Submission,
  textDigest,
} from "./submissions/submissions.ts";
export { keepPlan, type KeptPlan, readPlan } from "./submissions/plans.ts";
export {
  type LaneRows,
  readSettlementTable,
  type SettlementTable,
} from "./settlements/settlementTable.ts";
export {
  type Settlement,
  type SettlementAnswer,
  settlePartitions,
} from "./settlements/settlePartitions.ts";
export { noteOverrun, type Overrun, readOverruns } from "./permits/overruns.ts";
export { scriptText } from "./redis/script.ts";
export { judgeLapse, startSuspect } from "./claims/startSuspect.ts";
export { version } from "./redis/version.ts";
export { closeRedis, openStateStore, randomId, type StateStore } from "./store/stateStore.ts";
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
} from "./processes/workerRegistry.ts";
export { type StopWatching, watchServer } from "./store/watchServer.ts";
export { inGroups } from "./redis/inGroups.ts";
export * from "./doctor/index.ts";
export { storedInstantOf } from "./redis/storedInstantOf.ts";
