import { backfillIdPattern, InvalidOptionsError } from "@infill/core";
import { readBackfill, type StateStore } from "@infill/state";
import { summarizeBackfill } from "./backfillDetails.ts";
import type { BackfillSummary } from "./backfillAnswers.ts";
import type { InfillClient } from "./client.ts";
import type { Page } from "./pages.ts";
import { pageLimit } from "./pages.ts";

/** Backfills, newest first. The cursor is the id of the last one shown. */
export async function listBackfills(
  store: StateStore,
  options: NonNullable<Parameters<InfillClient["listBackfills"]>[0]>,
): Promise<Page<BackfillSummary>> {
  const limit = pageLimit(options.limit);
  const { redis, keys } = store;
  let rank = 0;
  if (options.cursor !== undefined) {
    const at = backfillIdPattern.test(options.cursor)
      ? await redis.zrevrank(keys.backfillIndex, options.cursor)
      : null;
    if (at === null) {
      throw new InvalidOptionsError(
        "page",
        "cursor",
        "it belongs to no backfill; use the nextCursor of a page",
      );
    }
    rank = at + 1;
  }
  const items: BackfillSummary[] = [];
  for (;;) {
    const ids = await redis.zrevrange(keys.backfillIndex, rank, rank + limit);
    for (const [index, id] of ids.entries()) {
      const record = await readBackfill(store, id);
      if (options.status !== undefined && record.status !== options.status) continue;
      items.push(await summarizeBackfill(store, record));
      const hasMore = index < ids.length - 1 || ids.length > limit;
      if (items.length === limit) return hasMore ? { items, nextCursor: id } : { items };
    }
    if (ids.length <= limit) return { items };
    rank += ids.length;
  }
}
