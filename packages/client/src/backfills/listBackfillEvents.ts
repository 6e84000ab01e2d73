import { InvalidOptionsError } from "@infill/core";
import { type LoggedEvent, readBackfill, readBackfillLog, type StateStore } from "@infill/state";
import type { BackfillEvent } from "./backfillAnswers.ts";
import type { ResolvedPageOptions } from "../schemas/pageSchemas.ts";
import type { Page } from "../shared/page.ts";

/** A backfill's log, oldest first. The cursor is the number of the last listed entry. */
export async function listBackfillEvents(
  store: StateStore,
  id: string,
  options: ResolvedPageOptions,
): Promise<Page<BackfillEvent>> {
  const limit = Math.min(options.limit, 1_000);
  const after = afterOf(options.cursor);
  await readBackfill(store, id);
  const events = await readBackfillLog(store, id, after, limit + 1);
  const items = events.slice(0, limit).map(eventOf);
  const last = items.at(-1);
  return events.length > limit && last !== undefined
    ? { items, nextCursor: String(last.number) }
    : { items };
}

function afterOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new InvalidOptionsError(
    "page",
    "cursor",
    "it is not the number of an event; use the nextCursor of a page",
  );
}

function eventOf(event: LoggedEvent): BackfillEvent {
  const { number, atMs, what, actor, reason, before, after, details } = event;
  return {
    number,
    at: new Date(atMs).toISOString(),
    what,
    actor,
    reason,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(details === undefined ? {} : { details }),
  };
}
