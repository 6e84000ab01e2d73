import type { Project } from "@infill/core";
import {
  completeBackfillLists,
  countEnded,
  type EndedBackfill,
  readPrunes,
  type StateStore,
} from "@infill/state";
import {
  backfillsBeyond,
  isPrunable,
  limitsOf,
  pruneBackfill,
  recordPruned,
  type RetentionLimits,
} from "@infill/planning";
import type { ResolvedPruneOptions } from "../schemas/backfillSchemas.ts";
import type { PruneEvent, PrunedBackfills } from "./pruneAnswers.ts";

/** Ids that an answer names. */
const shownIds = 20;

/** Prunes ended backfills beyond limits, or lists them. */
export async function pruneBackfills(
  store: StateStore,
  project: Project,
  { dryRun, actor, reason, ...asked }: ResolvedPruneOptions,
): Promise<PrunedBackfills> {
  const limits = limitsAsked(project, asked);
  await completeBackfillLists(store);
  const before = await countEnded(store);
  const ids: string[] = [];
  let [pruned, kept] = [0, 0];
  let first: EndedBackfill | undefined;
  let last: EndedBackfill | undefined;
  for await (const page of backfillsBeyond(store, limits)) {
    const gone: EndedBackfill[] = [];
    for (const ended of page) {
      const isGone = dryRun
        ? await isPrunable(store, ended, limits)
        : (await pruneBackfill(store, ended, limits, async () => {})).outcome === "pruned";
      if (isGone) gone.push(ended);
      else kept++;
    }
    if (!dryRun) await recordPruned(store, gone, { actor, reason });
    pruned += gone.length;
    first ??= gone[0];
    last = gone.at(-1) ?? last;
    ids.push(...gone.slice(0, shownIds - ids.length).map(({ id }) => id));
  }
  return {
    ...{ pruned, kept, ids, left: dryRun ? before - pruned : await countEnded(store) },
    ...(first === undefined ? {} : { firstFinishedAt: instantOf(first.finishedMs) }),
    ...(last === undefined ? {} : { lastFinishedAt: instantOf(last.finishedMs) }),
  };
}

function limitsAsked(
  project: Project,
  { olderThanMs, keep }: Pick<ResolvedPruneOptions, "olderThanMs" | "keep">,
): RetentionLimits {
  if (olderThanMs === undefined && keep === undefined) return limitsOf(project);
  return { maxAgeMs: olderThanMs ?? Infinity, maxCount: keep ?? Infinity };
}

/** The newest rounds of pruning, newest first; at most `limit`. */
export async function listPrunes(store: StateStore, limit: number): Promise<PruneEvent[]> {
  const rounds = await readPrunes(store, limit);
  return rounds.map(({ atMs, actor, reason, backfills, firstFinishedMs, lastFinishedMs }) => ({
    ...{ at: instantOf(atMs), actor, reason, backfills },
    ...{ firstFinishedAt: instantOf(firstFinishedMs), lastFinishedAt: instantOf(lastFinishedMs) },
  }));
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
