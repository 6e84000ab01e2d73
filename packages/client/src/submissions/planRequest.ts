import type {
  AssetGraph,
  ProjectVersions,
  RandomBytes,
  ResolvedBackfillRequest,
} from "@infill/core";
import { type PartitionsContext, unionSubsets } from "@infill/partitions";
import {
  isAnyPlannerAlive,
  type PlanMoment,
  type RegisteredAsset,
  readWorkers,
  type StateStore,
} from "@infill/state";
import {
  type AssetPlan,
  type HashedPlan,
  hashPlan,
  heldElsewhere,
  keepingOldInput,
  PartitionStates,
  planBackfill,
  planContext,
  recordedDurations,
  type StandingPlan,
} from "@infill/planning";
import { previewPlan } from "./previewPlan.ts";
import type { BackfillPreview } from "../backfills/backfillAnswers.ts";

/** What planning needs. */
export interface PlanBasis {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** Source of the random bits of new ids. */
  readonly randomBytes: RandomBytes | undefined;
  readonly versions: ProjectVersions;
  /**
   * Registers assets before state is written about them. @returns whether one differs from what was
   * known
   */
  register(assets: Iterable<string>): Promise<boolean>;
  /** Registers the project's versions. */
  announce(): Promise<void>;
}

/** A planned request. */
export interface PlannedRequest {
  readonly moment: PlanMoment;
  readonly context: PartitionsContext;
  /** In topological order. */
  readonly plans: readonly AssetPlan[];
  readonly hashed: HashedPlan;
  readonly preview: BackfillPreview;
}

/** Plans a request as of a moment, with its preview. Writes nothing. */
export async function planRequest(
  { store, graph, registered }: Pick<PlanBasis, "store" | "graph" | "registered">,
  request: ResolvedBackfillRequest,
  moment: PlanMoment,
  standing?: StandingPlan,
): Promise<PlannedRequest> {
  const context = await planContext(store, registered, moment);
  const states = new PartitionStates(store, graph, registered, context);
  const plans = await planBackfill(states, graph, request, standing);
  const hashed = hashPlan(graph, plans, request, moment);
  const [workers, isPlannerAlive, held, durations, oldInput, statuses] = await Promise.all([
    readWorkers(store),
    isAnyPlannerAlive(store),
    heldElsewhere(store, plans),
    recordedDurations(store, states, plans),
    keepingOldInput(states, graph, plans, !request.propagate),
    Promise.all(
      plans.map(({ registered, selected, toRun }) =>
        states.statusesNear(registered.asset.name, unionSubsets(selected, toRun)),
      ),
    ),
  ]);
  const preview = previewPlan({
    plans,
    planHash: hashed.hash,
    request,
    workers: workers.filter((worker) => worker.isAlive),
    isPlannerAlive,
    statuses,
    held,
    durations,
    oldInput,
    graph,
    context,
  });
  return { moment, context, plans, hashed, preview };
}
