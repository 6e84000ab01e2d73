import {
  firstOfSubset,
  isEmptySubset,
  partitionTextOf,
  requirePartition,
  subsetHas,
  subsetKeys,
  upstreamOf,
} from "@infill/partitions";
import { readRecords } from "@infill/state";
import { shellWord } from "@infill/planning";
import type { WhyPartition, WhyReason } from "./whyAnswers.ts";
import { type AskedPartition, shownPartitions, type WhyEnvironment } from "./whyEnvironment.ts";

/** Most upstream partitions of one asset that are examined. */
const lookedAt = 1_000;

/**
 * Why a materialized partition is stale: its code version, or upstream partitions that are newer or
 * stale.
 */
export async function whyStale(
  environment: WhyEnvironment,
  asked: AskedPartition,
): Promise<WhyReason[]> {
  const { states } = environment;
  const { name } = asked.registered.asset;
  const { code, upstream } = await states.staleWithin(name, asked.subset);
  const which = partitionTextOf(asked.subset, states.context);
  const text = which === "" || which === ":all" ? "" : ` --partitions ${shellWord(which)}`;
  const rerun = `infill backfill create ${shellWord(name)}${text} --reprocess stale`;
  const reasons: WhyReason[] = [];
  if (!isEmptySubset(code)) {
    const kind = "stale" as const;
    reasons.push({ kind, text: "Another code version made it.", command: rerun });
  }
  if (isEmptySubset(upstream)) return reasons;
  const culprits = await newerOrStale(environment, asked);
  const isOld = culprits.some(({ isStale }) => isStale);
  reasons.push({
    kind: "stale",
    text: isOld
      ? "It rests on stale partitions, so + runs these first:"
      : "It was made before these partitions that it reads:",
    partitions: culprits.slice(0, shownPartitions).map(({ asset, key, status }) => ({
      asset,
      key,
      ...(status === undefined ? {} : { status }),
    })),
    command: isOld
      ? rerun.replace(`create ${shellWord(name)}`, `create ${shellWord(`+${name}`)}`)
      : rerun,
  });
  return reasons;
}

/** The partitions that this one reads and that are stale or settled later. */
async function newerOrStale(
  { store, graph, states }: WhyEnvironment,
  { registered, address, subset }: AskedPartition,
): Promise<(WhyPartition & { readonly isStale: boolean })[]> {
  const { context } = states;
  const [own] = await readRecords(store, registered.asset.name, [address]);
  const found: (WhyPartition & { readonly isStale: boolean })[] = [];
  for (const edge of graph.upstreamEdges(registered.asset.name)) {
    const needed = firstOfSubset(upstreamOf(edge, subset, context).subset, lookedAt);
    const source = states.asset(edge.upstreamAsset);
    const stale = await states.staleWithin(edge.upstreamAsset, needed);
    const keys = [...subsetKeys(needed, context)];
    const places = keys.map((key) => requirePartition(edge.upstream, key, context));
    const records = await readRecords(
      store,
      edge.upstreamAsset,
      places.map((at) => source.ordinals.addressOf(at)),
    );
    for (const [index, key] of keys.entries()) {
      const at = places[index] ?? [];
      const record = records[index];
      const isStale = subsetHas(stale.code, at) || subsetHas(stale.upstream, at);
      const isNewer = own !== undefined && record !== undefined && record.settledMs > own.settledMs;
      if (!isStale && !isNewer) continue;
      const status = record?.failed === true ? ("failed" as const) : ("materialized" as const);
      found.push({ asset: edge.upstreamAsset, key, status, isStale });
    }
  }
  return found;
}
