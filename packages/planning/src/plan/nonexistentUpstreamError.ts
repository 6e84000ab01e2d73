import type { AssetEdge } from "@infill/core";
import {
  axesOf,
  InfillError,
  joinedAxes,
  type PartitionMapping,
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
    return `, or correct the list of specificPartitions([…])${addToDynamic(edge, unknownKeys)}`;
  for (const { upstream, downstream, mapping: joined } of joinedDefinitions(edge)) {
    if (joined.kind === "specific")
      return ", or correct the list of specificPartitions([…]) in the mapping";
    if (upstream.kind === "timeWindow" && unknownKeys.length === 0) {
      return joined.kind === "timeWindow"
        ? ", or allow this with timeWindowMapping({ allowNonexistentUpstream: true })"
        : `, or let the definition of "${upstreamAsset}" start earlier`;
    }
    const lacking = unknownKeys[0];
    if (lacking === undefined) continue;
    if (upstream.kind === "dynamic") {
      const words = unknownKeys.slice(0, shownKeys).map(shellWord).join(" ");
      return `, or add the missing keys: infill dynamic add ${shellWord(upstream.name)} ${words}`;
    }
    if (upstream.kind !== "static" || unknownKeys.every((key) => upstream.keys.includes(key)))
      continue;
    const add = `, or add ${quoteValue(lacking)} to the keys of "${upstreamAsset}"`;
    const [from] = upstream.keys;
    return downstream.kind === "static" && from !== undefined
      ? `${add}, or say with staticMapping({ ${quoteValue(from)}: ${quoteValue(lacking)} }) for each upstream key and the keys that it feeds`
      : add;
  }
  return "";
}

function addToDynamic({ upstream }: AssetEdge, keys: readonly string[]): string {
  if (upstream.kind !== "dynamic" || keys.length === 0) return "";
  return `, or add the missing keys: infill dynamic add ${shellWord(upstream.name)} ${keys.slice(0, shownKeys).map(shellWord).join(" ")}`;
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
