export { deliveredSummary, type Summary } from "./backfills/deliveredSummary.ts";
export { endBackfill } from "./backfills/endBackfill.ts";
export {
  backfillsBeyond,
  finishPrune,
  isPrunable,
  limitsOf,
  pruneBackfill,
  recordPruned,
  type RetentionLimits,
} from "./backfills/pruneBackfill.ts";
export { leastWindow, readyJobs, slotsOf, windowSize } from "./backfills/windowSize.ts";
export { momentNow, planContext } from "./context/planContext.ts";
export { PoolQueues, type QueuedJob } from "./context/poolQueues.ts";
export { errorText, parseErrorNote, type ErrorCause } from "./failures/errorNotes.ts";
export {
  type BackfillFailures,
  type FailedPartition,
  type FailureGroup,
} from "./failures/failureAnswers.ts";
export {
  errorStandIn,
  failuresOf,
  failuresOfGroup,
  groupFailures,
} from "./failures/failureGroups.ts";
export { downstreamWithin } from "./plan/downstreamWithin.ts";
export {
  estimateDuration,
  type DurationEstimate,
  type DurationSpan,
} from "./plan/estimateDuration.ts";
export { heldElsewhere, type HeldPartitions } from "./plan/heldPartitions.ts";
export { keepingOldInput } from "./plan/keepingOldInput.ts";
export { planBackfill, type AssetPlan, type StandingPlan } from "./plan/planBackfill.ts";
export {
  type PlanChange,
  PlanChangedError,
  requireUnchanged,
  UnknownPlanError,
} from "./plan/planChange.ts";
export { asWritten, hashPlan, planHashPattern, type HashedPlan } from "./plan/planHash.ts";
export { recordedDurations, type RecordedDurations } from "./plan/recordedDurations.ts";
export { shellWord } from "./plan/shellWord.ts";
export { bindText, type BoundText, type SelectionRequest } from "./selection/bindText.ts";
export { restOnSelf, selfNeeds } from "./states/selfReach.ts";
export { placeIn, type LedgerPlace } from "./states/ledgerPlace.ts";
export { PartitionStates } from "./states/partitionStates.ts";
export {
  readStatuses,
  statusesWithin,
  type PartitionStatuses,
} from "./states/partitionStatuses.ts";
export { NonexistentUpstreamError } from "./plan/nonexistentUpstreamError.ts";
export { ProjectConnection } from "./context/projectConnection.ts";
export { countsByAsset, type LedgerCounts, sumOfCounts } from "./backfills/ledgerCounts.ts";
export { countUnsettled, type Repairer, repairEnd } from "./backfills/repairEnd.ts";
