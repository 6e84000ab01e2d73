/** What the command's exit code says. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  invalid: 2,
  notFound: 3,
  conflict: 5,
  backfillFailed: 6,
  backfillCanceled: 7,
  timedOut: 8,
  redis: 9,
  unsound: 10,
  backfillPaused: 11,
  interrupted: 130,
  terminated: 143,
} as const;

/** Error codes whose exit code is not 2, which is what every other `INFILL_…` code has. */
const byErrorCode: Readonly<Record<string, number>> = {
  INFILL_UNEXPECTED: exitCodes.unexpected,
  INFILL_ASSET_UNKNOWN: exitCodes.notFound,
  INFILL_BACKFILL_UNKNOWN: exitCodes.notFound,
  INFILL_DELIVERY_UNKNOWN: exitCodes.notFound,
  INFILL_WORKER_UNKNOWN: exitCodes.notFound,
  INFILL_DYNAMIC_UNKNOWN: exitCodes.notFound,
  INFILL_FAILURE_GROUP_UNKNOWN: exitCodes.notFound,
  INFILL_PARTITION_KEY_UNKNOWN: exitCodes.notFound,
  INFILL_POOL_UNKNOWN: exitCodes.notFound,
  INFILL_PLAN_UNKNOWN: exitCodes.notFound,
  INFILL_PLAN_CHANGED: exitCodes.conflict,
  INFILL_IDEMPOTENCY_CONFLICT: exitCodes.conflict,
  INFILL_STATE_UNREADABLE: exitCodes.unsound,
  INFILL_BACKFILL_UNREADABLE: exitCodes.unsound,
  INFILL_BACKFILL_ENDED: exitCodes.conflict,
  INFILL_BACKFILL_ACTIVE: exitCodes.conflict,
  INFILL_DEFINITION_CHANGED: exitCodes.conflict,
  INFILL_ASSET_CHANGING: exitCodes.conflict,
  INFILL_ASSET_IN_USE: exitCodes.conflict,
  INFILL_ASSET_RENAME: exitCodes.conflict,
  INFILL_STATE_NOT_KEPT: exitCodes.conflict,
  INFILL_PROJECT_OUTDATED: exitCodes.conflict,
  INFILL_ASSET_UNREGISTERED: exitCodes.conflict,
  INFILL_DEV_RUNNING: exitCodes.conflict,
  INFILL_FILE_EXISTS: exitCodes.conflict,
  INFILL_REDIS_UNREACHABLE: exitCodes.redis,
  INFILL_REDIS_AUTH: exitCodes.redis,
  INFILL_REDIS_PERMISSION: exitCodes.redis,
  INFILL_REDIS_DATABASE: exitCodes.redis,
  INFILL_REDIS_PROTECTED: exitCodes.redis,
  INFILL_REDIS_CLIENTS: exitCodes.redis,
  INFILL_REDIS_TLS: exitCodes.redis,
  INFILL_REDIS_NOT_READY: exitCodes.redis,
  INFILL_REDIS_EVICTS: exitCodes.redis,
  INFILL_REDIS_VERSION: exitCodes.redis,
  INFILL_REDIS_SERVER_MISSING: exitCodes.redis,
  INFILL_REDIS_SERVER_FAILED: exitCodes.redis,
};

/** The exit code of an error, by its code. */
export function exitCodeOf(errorCode: string): number {
  return byErrorCode[errorCode] ?? exitCodes.invalid;
}

/** The exit code of watching a backfill to its end. */
export function exitCodeOfBackfill(status: "succeeded" | "failed" | "canceled"): number {
  switch (status) {
    case "succeeded":
      return exitCodes.done;
    case "failed":
      return exitCodes.backfillFailed;
    case "canceled":
      return exitCodes.backfillCanceled;
  }
}
