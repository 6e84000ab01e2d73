import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import {
  countSubset,
  type PartitionsContext,
  type PartitionsSubset,
  unionSubsets,
} from "@infill/partitions";
import type { RegisteredWorker } from "@infill/state";
import {
  type AssetPlan,
  estimateDuration,
  type HeldPartitions,
  type PartitionStatuses,
  type RecordedDurations,
  slotsOf,
  statusesWithin,
} from "@infill/planning";
import { countStatuses } from "../assets/assetDetails.ts";
import type { AssetPreview, BackfillPreview } from "../backfills/backfillAnswers.ts";
import { spanOf, spanSentence } from "../shared/keySpan.ts";

/** In the order in which a preview lists them. */
const warningKinds = ["missing_upstream", "old_input", "no_worker", "no_planner"] as const;

/** The parts of a preview. */
export interface PreviewParts {
  readonly plans: readonly AssetPlan[];
  readonly planHash: string;
  readonly request: ResolvedBackfillRequest;
  /** The live workers. */
  readonly workers: readonly RegisteredWorker[];
  /** For each planned asset, in their order. */
  readonly statuses: readonly PartitionStatuses[];
  readonly held: ReadonlyMap<string, HeldPartitions>;
  readonly durations: ReadonlyMap<string, RecordedDurations>;
  /** Whether any planner is alive. */
  readonly isPlannerAlive: boolean;
  /** By asset. */
  readonly oldInput: ReadonlyMap<string, PartitionsSubset>;
  readonly graph: AssetGraph;
  readonly context: PartitionsContext;
}

/** The preview of a plan, for its approval. */
export function previewPlan(parts: PreviewParts): BackfillPreview {
  const { plans, request, workers, statuses, held, durations, graph, context } = parts;
  const assets = plans.map((plan, index) => assetPreview(plan, statuses[index], held, context));
  const pools = new Set(assets.filter(({ toRun }) => toRun > 0).map(({ pool }) => pool));
  const idle = [...pools].filter((pool) => slotsOf(workers, pool) === 0);
  const oldInput = Array.from(parts.oldInput, ([asset, subset]) => ({
    asset,
    ...spanOf(subset, context),
  }));
  const warnings = {
    missing_upstream: plans.flatMap((plan) => upstreamWarnings(plan, request, context)),
    old_input: oldInput.map(oldInputWarning),
    no_worker: idle.map(
      (pool) => `No worker serves pool "${pool}" now: its partitions wait until one starts.`,
    ),
    no_planner:
      parts.isPlannerAlive || pools.size === 0
        ? []
        : ["No planner is running now, and no partition starts without one: infill planner start."],
  };
  const duration = estimateDuration(plans, graph, durations, (pool) => slotsOf(workers, pool));
  return {
    request,
    planHash: parts.planHash,
    plannedAt: new Date(context.nowMs).toISOString(),
    assets,
    toRun: assets.reduce((sum, { toRun }) => sum + toRun, 0),
    oldInput,
    slots: [...pools].reduce((sum, pool) => sum + slotsOf(workers, pool), 0),
    ...(duration === undefined ? {} : { duration }),
    warnings: warningKinds.flatMap((kind) => warnings[kind]),
    warningKinds: warningKinds.flatMap((kind) =>
      warnings[kind].length === 0 ? [] : [{ kind, count: warnings[kind].length }],
    ),
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
  plan: AssetPlan,
  { reprocess }: ResolvedBackfillRequest,
  context: PartitionsContext,
): string[] {
  const { name } = plan.registered.asset;
  return plan.missingUpstream.map(({ asset, partitions, inProgress, isFailedOnly }) => {
    const span = spanOf(partitions, context);
    const [verb, them] = span.keys === 1 ? ["is", "it"] : ["are", "them"];
    const running =
      inProgress === 0
        ? ""
        : span.keys === 1
          ? " It runs now in another backfill."
          : ` ${inProgress} of them ${inProgress === 1 ? "runs" : "run"} now in another backfill.`;
    return (
      `"${name}" reads ${asset === name ? "itself" : `"${asset}"`}, of which ${spanSentence(span)}${span.keys === 1 ? "" : ","} ${verb} not materialized ` +
      `and not in this backfill.${running}${adviceFor(plan, them ?? "", isFailedOnly && reprocess === "missing")}`
    );
  });
}

/**
 * Names the change of the request that would run the missing upstream partitions; "" if none would.
 */
function adviceFor(plan: AssetPlan, them: string, isFailedOnly: boolean): string {
  const { name } = plan.registered.asset;
  if (isFailedOnly) return ` Use --reprocess failed to run ${them} first.`;
  if (plan.takesUpstream) return "";
  return plan.isNamed
    ? ` Select "+${name}" to run ${them} first.`
    : ` Run "+${name}" in a backfill of its own to make ${them} first.`;
}

function oldInputWarning({ asset, ...span }: BackfillPreview["oldInput"][number]): string {
  const [end, verbs] =
    span.keys === 1 ? ["", "does not run and keeps"] : [",", "do not run and keep"];
  return `"${asset}" rests on partitions that run, but ${spanSentence(span)}${end} ${verbs} old input, and ${span.keys === 1 ? "is" : "are"} stale afterwards.`;
}
