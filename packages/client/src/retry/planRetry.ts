import { isEmptySubset, type PartitionsSubset, subtractSubsets } from "@infill/partitions";
import { countsByAsset, downstreamWithin, failuresOfGroup, planContext } from "@infill/planning";
import type { BackfillRecord, StateStore } from "@infill/state";
import type { RetryCounts } from "../shared/retryCounts.ts";
import type { RetryOptions } from "../schemas/backfillSchemas.ts";
import { requireFailureGroup } from "./requireFailureGroup.ts";
import {
  countOf,
  intersectLanes,
  type LedgerLanes,
  noLanes,
  planeOf,
  subtractLanes,
} from "./ledgerLanes.ts";
import type { RetryEnvironment } from "./retryEnvironment.ts";

/** What to retry: one outcome or all, and the failed partitions of one group or all. */
export interface Choice {
  readonly only: RetryOptions["only"];
  readonly ofGroup: LedgerLanes | undefined;
}

/**
 * The partitions that a retry reopens. Skipped partitions are computed again after the failed ones
 * are reopened.
 */
export interface Reopening {
  readonly choice: Choice;
  readonly failed: LedgerLanes;
  /**
   * Partitions settled as canceled. Those that a canceled backfill left unsettled are only counted.
   */
  readonly canceled: LedgerLanes;
  readonly counts: RetryCounts;
}

const nothing: Reopening = {
  choice: { only: undefined, ofGroup: undefined },
  failed: new Map(),
  canceled: new Map(),
  counts: { toRetry: 0, failed: 0, skipped: 0, canceled: 0, dropped: 0 },
};

/** Computes what a retry would reopen now. @throws InvalidOptionsError, UnknownFailureGroupError */
export async function planRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  { only, group: text, dropped: takesDropped = false }: RetryOptions,
): Promise<Reopening> {
  const { store, registered } = environment;
  if (record.status === "canceling") return nothing;
  const group =
    text === undefined ? undefined : await requireFailureGroup(environment, record, text);
  const ofGroup =
    group === undefined ? undefined : await failuresOfGroup(store, registered, record, group);
  const choice = { only, ofGroup };
  const takesFailed = only === undefined || only === "failed";
  const failed = takesFailed ? (ofGroup ?? (await planeOf(store, record, "failed"))) : noLanes();
  const skipped = await skippedToRetry(environment, record, choice);
  const takesCanceled = ofGroup === undefined && (only ?? "canceled") === "canceled";
  const all = takesCanceled ? await planeOf(store, record, "canceled") : noLanes();
  const dropped =
    takesCanceled && !takesDropped
      ? intersectLanes(all, await planeOf(store, record, "dropped"))
      : noLanes();
  const leftOut = countOf(dropped);
  const counts = {
    failed: countOf(failed),
    skipped: countOf(skipped),
    canceled: takesCanceled ? (await countCanceled(store, record)) - leftOut : 0,
  };
  const toRetry = counts.failed + counts.skipped + counts.canceled;
  const canceled = subtractLanes(all, dropped);
  return { choice, failed, canceled, counts: { toRetry, ...counts, dropped: leftOut } };
}

/** The skipped partitions that a retry would reopen now. */
export async function skippedToRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  { only, ofGroup }: Choice,
): Promise<LedgerLanes> {
  if (only !== undefined && only !== "skipped") return noLanes();
  const skipped = await planeOf(environment.store, record, "skipped");
  return ofGroup === undefined ? skipped : skippedBecauseOf(environment, record, ofGroup, skipped);
}

async function countCanceled(store: StateStore, record: BackfillRecord): Promise<number> {
  const counts = await countsByAsset(store, record);
  return counts.reduce((sum, { counts: { canceled } }) => sum + canceled, 0);
}

/** The skipped partitions that are downstream of these failed ones and of no other failed one. */
async function skippedBecauseOf(
  { store, graph, registered }: RetryEnvironment,
  record: BackfillRecord,
  failed: LedgerLanes,
  skippedLanes: LedgerLanes,
): Promise<LedgerLanes> {
  const subsetsOf = (lanes: LedgerLanes) => {
    const subsets = new Map<string, PartitionsSubset>();
    for (const [asset, places] of lanes) {
      const known = registered.get(asset);
      if (known !== undefined) subsets.set(asset, known.ordinals.subsetOf(places));
    }
    return subsets;
  };
  const context = await planContext(store, registered, record.header);
  const skipped = subsetsOf(skippedLanes);
  const chosen = subsetsOf(failed);
  const others = new Map(
    Array.from(subsetsOf(await planeOf(store, record, "failed")), ([asset, all]) => {
      const mine = chosen.get(asset);
      return [asset, mine === undefined ? all : subtractSubsets(all, mine)] as const;
    }),
  );
  const stillDoomed = downstreamWithin(graph, others, skipped, context);
  const free = noLanes();
  for (const [asset, reached] of downstreamWithin(graph, chosen, skipped, context)) {
    const doomed = stillDoomed.get(asset);
    const left = doomed === undefined ? reached : subtractSubsets(reached, doomed);
    const known = registered.get(asset);
    if (known !== undefined && !isEmptySubset(left)) free.set(asset, known.ordinals.lanesOf(left));
  }
  return free;
}
