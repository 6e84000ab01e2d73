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

/** Some partitions of an asset that want to be run. */
export interface Gap {
  readonly partitions: number;
  /**
   * Partition text that selects them: ranges and keys, or the word (`:missing`) where they are in too many pieces for
   * that. Empty where there are none.
   */
  readonly text: string;
}

/** What an asset lacks. */
export interface AssetGaps {
  readonly asset: string;
  /** Partitions that exist. */
  readonly total: number;
  /** Neither materialized nor failed; one that runs for the first time is among them. */
  readonly missing: Gap;
  readonly failed: Gap;
  /** Materialized by other code, or before what they read. */
  readonly stale: Gap;
  /** Of the three together. */
  readonly partitions: number;
  /** How many of these run now. */
  readonly inProgress: number;
}

/** The gaps of a selection of assets. */
export interface GapReport {
  /** The instant by which partitions exist, ISO 8601, UTC. */
  readonly at: string;
  /** Every selected asset, in topological order. */
  readonly assets: readonly AssetGaps[];
  /** Of all assets together; 0 where nothing is missing. */
  readonly partitions: number;
  /** How many of these run now. */
  readonly inProgress: number;
  /** Selected assets whose state does not fit their definition; absent where there is none. */
  readonly unfit?: readonly { readonly asset: string; readonly problem: string }[];
}

/** Pieces that are written out; a set in more is named by its word. */
const mostPieces = 1_000;
const longestText = 16_384;

/**
 * Looks for partitions that are missing, failed or stale.
 *
 * @throws UnknownAssetError, AssetSelectionError
 */
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
