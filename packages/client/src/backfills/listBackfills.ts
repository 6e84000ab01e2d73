import { type BackfillStatus, backfillIdPattern, InvalidOptionsError } from "@infill/core";
import {
  type BackfillPlace,
  completeBackfillLists,
  findBackfill,
  placeOfBackfill,
  readBackfillList,
  relistBackfills,
  type StateStore,
  UnreadableBackfillError,
} from "@infill/state";
import { summarizeBackfill } from "./backfillDetails.ts";
import type { ListedBackfill } from "./backfillAnswers.ts";
import type { ResolvedPageOptions } from "../schemas/pageSchemas.ts";
import type { Page } from "../shared/page.ts";

/** Backfills that are read at once. */
const atOnce = 64;

/**
 * Backfills, newest first. The cursor is the place of the last listed one, so a listing continues
 * after it even if it has been deleted or has changed its status since. Leaves out backfills that
 * are deleted while the page is read.
 */
export async function listBackfills(
  store: StateStore,
  options: ResolvedPageOptions & { readonly status?: BackfillStatus | undefined },
): Promise<Page<ListedBackfill>> {
  const { limit, status } = options;
  let after = options.cursor === undefined ? undefined : await placeOf(store, options.cursor);
  if (status !== undefined) await completeBackfillLists(store);
  const items: ListedBackfill[] = [];
  for (;;) {
    // One more shows whether there is another page.
    const wanted = Math.min(limit - items.length, atOnce) + 1;
    const places = await readBackfillList(store, status, after, wanted);
    const page = places.slice(0, wanted - 1);
    items.push(...(await summariesOf(store, status, page)));
    after = page.at(-1);
    if (after === undefined || places.length < wanted) return { items };
    if (items.length === limit) return { items, nextCursor: cursorOf(after) };
  }
}

/**
 * The listed form of the backfills at some places, without deleted ones and those with another
 * status by now.
 */
async function summariesOf(
  store: StateStore,
  status: BackfillStatus | undefined,
  places: readonly BackfillPlace[],
): Promise<ListedBackfill[]> {
  const elsewhere: string[] = [];
  const found = await Promise.all(
    places.map(async ({ id }) => {
      try {
        const record = await findBackfill(store, id);
        if (record !== undefined && (status === undefined || record.status === status))
          return await summarizeBackfill(store, record);
      } catch (error) {
        if (!(error instanceof UnreadableBackfillError)) throw error;
        // An unreadable backfill keeps the status of its list.
        return { id, status: "unreadable" as const, field: error.field, problem: error.message };
      }
      elsewhere.push(id);
      return undefined;
    }),
  );
  // A process of an older version changes a status without changing the lists.
  if (status !== undefined && elsewhere.length > 0) await relistBackfills(store, elsewhere);
  return found.filter((summary) => summary !== undefined);
}

function cursorOf({ id, createdMs }: BackfillPlace): string {
  return `${createdMs}-${id}`;
}

/** Parses a cursor. Also accepts the id of a backfill, the cursor of earlier versions. */
async function placeOf(store: StateStore, cursor: string): Promise<BackfillPlace> {
  const [, createdMs, id = ""] = /^(?:(\d{1,15})-)?(bf_.+)$/.exec(cursor) ?? [];
  const isId = backfillIdPattern.test(id);
  if (isId && createdMs !== undefined) return { id, createdMs: Number(createdMs) };
  const place = isId ? await placeOfBackfill(store, id) : undefined;
  if (place !== undefined) return place;
  throw new InvalidOptionsError(
    "page",
    "cursor",
    "it does not belong to a backfill; use the nextCursor of a page",
  );
}
