import type { AssetEdge } from "@infill/core";
import {
  asTimeWindows,
  axesOf,
  dynamicNameOf,
  InfillError,
  joinedAxes,
  listedKeysOf,
  type PartitionMapping,
  type PartitionsDefinition,
  quoteValue,
} from "@infill/partitions";
import { shellWord } from "./shellWord.ts";

/** Keys that the message names. */
const shownKeys = 3;

/** The partitions need upstream partitions that do not exist. */
export class NonexistentUpstreamError extends InfillError {
  readonly code = "INFILL_UPSTREAM_NONEXISTENT";
  readonly asset: string;
  readonly upstream: string;

  /**
   * @param keys the needed keys, at least one
   * @param unknownKeys those of them that the upstream's definition lacks, as keys of the affected
   *   dimension
   */
  constructor(edge: AssetEdge, keys: readonly string[], unknownKeys: readonly string[]) {
    const { downstreamAsset: asset, upstreamAsset: upstream } = edge;
    const shown = keys.slice(0, shownKeys).map(quoteValue).join(", ");
    super(
      `Partitions of "${asset}" need partitions of "${upstream}" that do not exist: ${shown}${keys.length > shownKeys ? " and more" : ""}. ` +
        `Select only partitions whose upstream exists${remedyOf(edge, unknownKeys)}.`,
    );
    this.asset = asset;
    this.upstream = upstream;
  }
}

/**
 * Another remedy for this kind of upstream and mapping; starts with a comma, empty if there is
 * none.
 */
function remedyOf(edge: AssetEdge, unknownKeys: readonly string[]): string {
  const { mapping, upstreamAsset } = edge;
  if (mapping.kind === "specific")
    return `, or correct the list of specificPartitions([…])${addToDynamic(edge.upstream, unknownKeys)}`;
  for (const { upstream, downstream, mapping: joined } of joinedDefinitions(edge)) {
    if (joined.kind === "specific")
      return ", or correct the list of specificPartitions([…]) in the mapping";
    if (asTimeWindows(upstream) !== undefined && unknownKeys.length === 0) {
      return joined.kind === "timeWindow"
        ? ", or allow this with timeWindowMapping({ allowNonexistentUpstream: true })"
        : `, or let the definition of "${upstreamAsset}" start earlier`;
    }
    const lacking = unknownKeys[0];
    if (lacking === undefined) continue;
    const missing = addToDynamic(upstream, unknownKeys);
    if (missing !== "") return missing;
    const keys = listedKeysOf(upstream);
    if (keys === undefined || unknownKeys.every((key) => keys.includes(key))) continue;
    const add = `, or add ${quoteValue(lacking)} to the keys of "${upstreamAsset}"`;
    const [from] = keys;
    return listedKeysOf(downstream) !== undefined && from !== undefined
      ? `${add}, or say with staticMapping({ ${quoteValue(from)}: ${quoteValue(lacking)} }) for each upstream key and the keys that it feeds`
      : add;
  }
  return "";
}

/** How to add keys to a dynamic definition; empty for another one, or without keys. */
function addToDynamic(upstream: PartitionsDefinition, keys: readonly string[]): string {
  const name = dynamicNameOf(upstream);
  if (name === undefined || keys.length === 0) return "";
  return `, or add the missing keys: infill dynamic add ${shellWord(name)} ${keys.slice(0, shownKeys).map(shellWord).join(" ")}`;
}

function joinedDefinitions({ upstream, downstream, mapping }: AssetEdge) {
  if (mapping.kind === "all" || mapping.kind === "last") return [];
  const [up, down] = [axesOf(upstream), axesOf(downstream)];
  return joinedAxes(upstream, downstream, mapping).flatMap(
    ({ upstreamAxis, downstreamAxis, mapping: joined }) => {
      const [from, to] = [up[upstreamAxis]?.definition, down[downstreamAxis]?.definition];
      return from === undefined || to === undefined
        ? []
        : [{ upstream: from, downstream: to, mapping: joined satisfies PartitionMapping }];
    },
  );
}
