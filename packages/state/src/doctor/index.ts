/** What the doctor needs of the state: looks that compare, and repairs. */
export {
  type BackfillKeys,
  findBackfillKeys,
  finishPurge,
  hideBackfill,
  releaseHolds,
  unlinkKeys,
} from "./backfillPurge.ts";
export { type AssetCensus, type Census, takeCensus } from "./census.ts";
export { isDeleted } from "./isDeleted.ts";
export type { Place } from "../keys/place.ts";
export { type ClaimLook, lookAtClaims } from "./claimLook.ts";
export {
  type Discrepancy,
  discrepancyId,
  type DoctorCheck,
  doctorChecks,
} from "./discrepancy.ts";
export {
  countSelected,
  type LedgerLook,
  lookAtLedger,
} from "./ledgerLook.ts";
export type { LedgerToLookAt } from "./ledgerMasks.ts";
export {
  mendBackfill,
  mendJob,
  mendLedger,
  removeLedger,
  mendReservations,
} from "./mending/mend.ts";
export { mendLine, mendPermits } from "./mending/mendPermits.ts";
export {
  lookAtPermitNotes,
  type PermitNotes,
  placeInLine,
  readPermitNotes,
} from "./permitLook.ts";
export { lookAtDynamicKeys } from "./dynamicLook.ts";
export { recordedBy } from "./recordedBy.ts";
export { lookAtRecords } from "./recordLook.ts";
export { lookAtWaiters } from "./waiterLook.ts";
export { lookAtEntries } from "./entryLook.ts";
export { lookAtSubmissions } from "./submissionLook.ts";
export { lookAtSummaries } from "./summaryLook.ts";
export { lookAtTexts } from "./textLook.ts";
export { setAsideKey, setAsideRow } from "./setAside.ts";
export { soundSealedLedgers } from "./sealedLook.ts";
export { type LedgerFacts, readLedgerFacts } from "./ledgerFacts.ts";
