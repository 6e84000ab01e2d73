import type { AssetEdge, AssetGraph } from "@infill/core";
import {
  asTimeWindows,
  axesOf,
  countSubset,
  forEachRun,
  isEmptySubset,
  type PartitionMapping,
  type PartitionsSubset,
  projectSubset,
} from "@infill/partitions";
import type { AssetPlan } from "./planBackfill.ts";
import type { RecordedDurations } from "./recordedDurations.ts";

/** A likely range of durations, in milliseconds. */
export interface DurationSpan {
  readonly lowMs: number;
  readonly highMs: number;
}

/** How long a backfill would take with all of today's worker slots to itself. */
export type DurationEstimate =
  | ({
      readonly isKnown: true;
      /** The range with twice the worker slots. */
      readonly withTwiceTheSlots: DurationSpan;
      /** Settlements that the estimate is computed from. */
      readonly sampled: number;
      /**
       * Partitions of the longest chain in which each needs the one before; they run one at a time.
       */
      readonly longestChain: number;
    } & DurationSpan)
  | {
      readonly isKnown: false;
      /** Assets without a recorded success. */
      readonly neverRun: readonly string[];
      /** Pools that no worker serves. */
      readonly withoutWorker: readonly string[];
    };

/**
 * Estimates a plan's duration from recorded ones: each pool's work divided by its slots, and at
 * least the longest path of assets. An asset that depends on itself counts on the path with its
 * longest chain.
 *
 * @param slotsOfPool worker slots that serve a pool now
 * @returns undefined if nothing runs
 */
export function estimateDuration(
  plans: readonly AssetPlan[],
  graph: AssetGraph,
  durations: ReadonlyMap<string, RecordedDurations>,
  slotsOfPool: (pool: string) => number,
): DurationEstimate | undefined {
  const running = plans.filter(({ toRun }) => !isEmptySubset(toRun));
  if (running.length === 0) return undefined;
  const names = running.map(({ registered }) => registered.asset.name);
  const pools = [...new Set(running.map(({ registered }) => registered.asset.pool))];
  const neverRun = names.filter((name) => !durations.has(name));
  const withoutWorker = pools.filter((pool) => slotsOfPool(pool) === 0);
  if (neverRun.length > 0 || withoutWorker.length > 0)
    return { isKnown: false, neverRun, withoutWorker };
  const chains = new Map(running.map((plan) => [nameOf(plan), longestChain(plan, graph)]));
  const span = (times: number): DurationSpan => {
    const pathMs = longestPath(running, graph, chains, durations);
    const poolMs = pools.map((pool) => {
      const members = running.filter(({ registered }) => registered.asset.pool === pool);
      return workOf(members, durations, times * slotsOfPool(pool));
    });
    return {
      lowMs: Math.max(pathMs.lowMs, ...poolMs.map(({ lowMs }) => lowMs)),
      highMs: Math.max(pathMs.highMs, ...poolMs.map(({ highMs }) => highMs)),
    };
  };
  return {
    isKnown: true,
    ...span(1),
    withTwiceTheSlots: span(2),
    sampled: names.reduce((sum, name) => sum + (durations.get(name)?.count ?? 0), 0),
    longestChain: Math.max(...chains.values()),
  };
}

function nameOf({ registered }: AssetPlan): string {
  return registered.asset.name;
}

/** The work of a pool's assets, divided by its slots. Uses the mean, so that a long tail counts. */
function workOf(
  plans: readonly AssetPlan[],
  durations: ReadonlyMap<string, RecordedDurations>,
  slots: number,
): DurationSpan {
  let lowMs = 0;
  let highMs = 0;
  for (const plan of plans) {
    const known = durations.get(nameOf(plan));
    if (known === undefined) continue;
    const partitions = countSubset(plan.toRun);
    lowMs += partitions * Math.min(known.lowMs, known.meanMs);
    highMs += partitions * Math.max(known.highMs, known.meanMs);
  }
  return { lowMs: lowMs / slots, highMs: highMs / slots };
}

function longestPath(
  plans: readonly AssetPlan[],
  graph: AssetGraph,
  chains: ReadonlyMap<string, number>,
  durations: ReadonlyMap<string, RecordedDurations>,
): DurationSpan {
  const until = new Map<string, DurationSpan>();
  const longest = { lowMs: 0, highMs: 0 };
  // Plans are in topological order, so an asset's upstream assets come before it.
  for (const plan of plans) {
    const name = nameOf(plan);
    const known = durations.get(name);
    const hops = chains.get(name) ?? 1;
    const before = graph.upstreamEdges(name).map((edge) => until.get(edge.upstreamAsset));
    // A single partition may be fast or slow; a chain of many takes about its median.
    const single = hops === 1 ? { lowMs: known?.lowMs, highMs: known?.highMs } : {};
    const end = {
      lowMs:
        hops * (single.lowMs ?? known?.medianMs ?? 0) +
        Math.max(0, ...before.map((each) => each?.lowMs ?? 0)),
      highMs:
        hops * (single.highMs ?? known?.medianMs ?? 0) +
        Math.max(0, ...before.map((each) => each?.highMs ?? 0)),
    };
    until.set(name, end);
    longest.lowMs = Math.max(longest.lowMs, end.lowMs);
    longest.highMs = Math.max(longest.highMs, end.highMs);
  }
  return longest;
}

/** How many partitions of an asset must run one after another; 1 without a self-dependency. */
function longestChain({ registered, toRun }: AssetPlan, graph: AssetGraph): number {
  const { name } = registered.asset;
  return Math.max(
    1,
    ...graph
      .upstreamEdges(name)
      .filter((edge) => edge.upstreamAsset === name)
      .map((edge) => chainAlong(edge, toRun)),
  );
}

function chainAlong(edge: AssetEdge, toRun: PartitionsSubset): number {
  const stepBack = stepOf(edge.mapping);
  const axis = axesOf(edge.downstream).findIndex(
    ({ definition }) => asTimeWindows(definition) !== undefined,
  );
  if (stepBack === undefined || axis < 0) return 1;
  let longest = 0;
  forEachRun(projectSubset(toRun, axis), (start, end) => {
    longest = Math.max(longest, end - start);
  });
  return Math.ceil(longest / stepBack);
}

/** How many windows back the nearest upstream window is. */
function stepOf(mapping: PartitionMapping): number | undefined {
  if (mapping.kind === "timeWindow") return mapping.endOffset < 0 ? -mapping.endOffset : undefined;
  if (mapping.kind !== "multi") return undefined;
  const steps = Object.values(mapping.dimensions).map((pair) =>
    pair.mapping === undefined ? undefined : stepOf(pair.mapping),
  );
  return steps.find((step) => step !== undefined);
}
