import {
  type Coordinates,
  type PartitionsSubset,
  requirePartition,
  subsetAfter,
  subsetKeys,
} from "@infill/partitions";
import type { StateStore } from "@infill/state";
import type { ResolvedPageOptions } from "../schemas/pageSchemas.ts";
import type { Page } from "../shared/page.ts";
import type { PartitionSummary } from "./partitionAnswers.ts";
import { summarizePartitions } from "./partitionDetails.ts";
import { partitionCursor, placeOfCursor } from "./partitionCursor.ts";
import type { PartitionStates } from "@infill/planning";

/**
 * A page of some partitions of an asset, in definition order. The cursor is the place of the last
 * listed one, so a listing continues after it even if it has changed its status or left the
 * definition since.
 */
export async function listPartitions(
  store: StateStore,
  states: PartitionStates,
  asset: string,
  wanted: PartitionsSubset,
  { limit, cursor }: ResolvedPageOptions,
): Promise<Page<PartitionSummary>> {
  const { context } = states;
  const { dynamicKeys } = store;
  const definition = states.asset(asset).asset.partitions;
  const rest =
    cursor === undefined
      ? wanted
      : subsetAfter(wanted, placeOfCursor(dynamicKeys, definition, cursor, context), context);
  const found: Coordinates[] = [];
  for (const key of subsetKeys(rest, context)) {
    found.push(requirePartition(definition, key, context));
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const isMore = found.length > limit && last !== undefined;
  const next = isMore ? partitionCursor(dynamicKeys, definition, last, context) : undefined;
  const items = await summarizePartitions(store, states, asset, page);
  return next === undefined ? { items } : { items, nextCursor: next };
}
