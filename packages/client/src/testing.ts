/** What tests of other packages do in the middle of what the client does whole. */
export { changeRunningBackfill } from "./backfills/changeBackfill.ts";
export { cancelBackfill } from "./backfills/controlBackfill.ts";
export { retryBackfill } from "./backfills/retryBackfill.ts";
