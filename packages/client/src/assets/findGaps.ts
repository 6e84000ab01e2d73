import { type AssetGraph, selectAssets } from "@infill/core";
import {
  countSubset,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  partitionTextOf,
  unionSubsets,
} from "@infill/partitions";
import { countPieces } from "../shared/keySpan.ts";
import type { PartitionStates } from "@infill/planning";

/** Partitions of an asset that should be run, for one reason. */
export interface Gap {
  readonly partitions: number;
  /**
   * Partition text that selects them: ranges and keys, or a word (`:missing`) if they are too
   * scattered for that. Empty if there are none.
   */
  readonly text: string;
}

/** The gaps of an asset. */
export interface AssetGaps {
  readonly asset: string;
  /** Existing partitions. */
  readonly total: number;
  /** Neither materialized nor failed, including those that run for the first time. */
  readonly missing: Gap;
  readonly failed: Gap;
  /** Made by another code version, or before an upstream partition that they read. */
  readonly stale: Gap;
  /** The total of the three. */
  readonly partitions: number;
  /** How many of these run now. */
  readonly inProgress: number;
}

/** The gaps of a selection of assets. */
export interface GapReport {
  /** The instant at which partitions must exist, ISO 8601, UTC. */
  readonly at: string;
  /** Every selected asset, in topological order. */
  readonly assets: readonly AssetGaps[];
  /** Gaps of all assets together. */
  readonly partitions: number;
  /** How many of these run now. */
  readonly inProgress: number;
  /** Selected assets whose state does not fit their definition; absent if there are none. */
  readonly unfit?: readonly { readonly asset: string; readonly problem: string }[];
}

/** Most pieces of a set that are written out; a larger set is named by its word. */
const mostPieces = 1_000;
const longestText = 16_384;

/** Finds partitions that are missing, failed or stale. */
export async function findGaps(
  states: PartitionStates,
  graph: AssetGraph,
  selection: string,
): Promise<GapReport> {
  const { context } = states;
  const assets: AssetGaps[] = [];
  const unfit: { asset: string; problem: string }[] = [];
  const selected = selectAssets(graph, selection);
  for (const name of selected) {
    const problem = states.problemOf(name);
    if (problem !== undefined) {
      if (selected.length === 1) throw problem;
      unfit.push({ asset: name, problem: problem.message });
      continue;
    }
    const { all, missing, failed, in_progress: running } = await states.statuses(name);
    const { code, upstream } = await states.stale(name);
    const stale = unionSubsets(code, upstream);
    const gaps = [
      gapOf(missing, ":missing", context),
      gapOf(failed, ":failed", context),
      gapOf(stale, ":stale", context),
    ] as const;
    assets.push({
      asset: name,
      total: countSubset(all),
      missing: gaps[0],
      failed: gaps[1],
      stale: gaps[2],
      partitions: gaps.reduce((sum, gap) => sum + gap.partitions, 0),
      inProgress: countSubset(
        intersectSubsets(running, unionSubsets(unionSubsets(missing, failed), stale)),
      ),
    });
  }
  return {
    at: new Date(context.nowMs).toISOString(),
    assets,
    partitions: assets.reduce((sum, { partitions }) => sum + partitions, 0),
    inProgress: assets.reduce((sum, { inProgress }) => sum + inProgress, 0),
    ...(unfit.length === 0 ? {} : { unfit }),
  };
}

function gapOf(subset: PartitionsSubset, word: string, context: PartitionsContext): Gap {
  const partitions = countSubset(subset);
  if (isEmptySubset(subset)) return { partitions, text: "" };
  if (countPieces(subset.coordinates) > mostPieces) return { partitions, text: word };
  const text = partitionTextOf(subset, context);
  return { partitions, text: text.length > longestText ? word : text };
}
