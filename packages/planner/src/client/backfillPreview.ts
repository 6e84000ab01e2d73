import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import { countSubset, type PartitionsContext, unionSubsets } from "@infill/partitions";
import type { RegisteredWorker } from "@infill/state";
import { slotsOf } from "../windowSize.ts";
import { countStatuses } from "./assetDetails.ts";
import type { AssetPreview, BackfillPreview } from "./backfillAnswers.ts";
import { estimateDuration } from "./estimateDuration.ts";
import type { HeldPartitions } from "./heldPartitions.ts";
import { spanOf } from "./partitionDetails.ts";
import { type PartitionStatuses, statusesWithin } from "./partitionStatuses.ts";
import type { AssetPlan } from "./planBackfill.ts";
import type { RecordedDurations } from "./recordedDurations.ts";

/** What a preview is put together from. */
export interface PreviewParts {
  readonly plans: readonly AssetPlan[];
  readonly planHash: string;
  readonly request: ResolvedBackfillRequest;
  /** Those that are alive. */
  readonly workers: readonly RegisteredWorker[];
  /** Of each plan's asset, in their order. */
  readonly statuses: readonly PartitionStatuses[];
  readonly held: ReadonlyMap<string, HeldPartitions>;
  readonly durations: ReadonlyMap<string, RecordedDurations>;
  readonly graph: AssetGraph;
  readonly context: PartitionsContext;
}

/** What a plan says to whoever has to approve it. */
export function previewOf(parts: PreviewParts): BackfillPreview {
  const { plans, request, workers, statuses, held, durations, graph, context } = parts;
  const assets = plans.map((plan, index) => assetPreview(plan, statuses[index], held, context));
  const pools = new Set(assets.filter(({ toRun }) => toRun > 0).map(({ pool }) => pool));
  const idle = [...pools].filter((pool) => slotsOf(workers, pool) === 0);
  const duration = estimateDuration(plans, graph, durations, (pool) => slotsOf(workers, pool));
  return {
    request,
    planHash: parts.planHash,
    plannedAt: new Date(context.nowMs).toISOString(),
    assets,
    toRun: assets.reduce((sum, { toRun }) => sum + toRun, 0),
    slots: [...pools].reduce((sum, pool) => sum + slotsOf(workers, pool), 0),
    ...(duration === undefined ? {} : { duration }),
    warnings: [
      ...plans.flatMap((plan) => upstreamWarnings(plan, context)),
      ...idle.map(
        (pool) => `No worker serves pool "${pool}" now: its partitions wait until one starts.`,
      ),
    ],
  };
}

function assetPreview(
  { registered, selected, toRun }: AssetPlan,
  statuses: PartitionStatuses | undefined,
  held: ReadonlyMap<string, HeldPartitions>,
  context: PartitionsContext,
): AssetPreview {
  if (statuses === undefined) throw new Error("Bug: a plan without statuses");
  const { keys, ...span } = spanOf(toRun, context);
  const asked = unionSubsets(selected, toRun);
  const count = countSubset(asked);
  const { name, pool } = registered.asset;
  const others = held.get(name);
  return {
    asset: name,
    selected: count,
    statuses: countStatuses(statusesWithin(statuses, asked)),
    upToDate: count - keys,
    toRun: keys,
    pool,
    ...span,
    ...(others === undefined
      ? {}
      : {
          shared: {
            partitions: countSubset(others.partitions),
            backfills: others.backfills.map(({ id, partitions }) => ({
              id,
              partitions: countSubset(partitions),
            })),
          },
        }),
  };
}

function upstreamWarnings(
  { registered, missingUpstream }: AssetPlan,
  context: PartitionsContext,
): string[] {
  return missingUpstream.map(({ asset, partitions }) => {
    const { keys, firstKey, lastKey } = spanOf(partitions, context);
    const which =
      keys === 1 ? `partition ${firstKey}` : `${keys} partitions, ${firstKey} to ${lastKey},`;
    return (
      `"${registered.asset.name}" reads "${asset}", of which ${which} ${keys === 1 ? "is" : "are"} not materialized ` +
      `and not in this backfill. Add "+" before the asset's name to run them first.`
    );
  });
}
