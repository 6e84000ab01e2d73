/** Parts of the client's operations, for tests in other packages that interrupt them. */
export { changeRunningBackfill } from "./changes/changeRunningBackfill.ts";
export { cancelBackfill } from "./backfills/controlBackfill.ts";
export { retryBackfill } from "./retry/retryBackfill.ts";
