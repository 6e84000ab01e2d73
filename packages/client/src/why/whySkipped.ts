import {
  intersectSubsets,
  isEmptySubset,
  type PartitionsSubset,
  requirePartition,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import {
  type BackfillRecord,
  type LedgerPlane,
  readLedgerPlane,
  readNotes,
  readSelected,
} from "@infill/state";
import { parseErrorNote } from "@infill/planning";
import type { WhyPartition, WhyReason } from "./whyAnswers.ts";
import {
  type AskedPartition,
  shownPartitions,
  someOf,
  type WhyEnvironment,
} from "./whyEnvironment.ts";

/** The failed partitions because of which a partition was skipped, with their errors. */
export async function whySkipped(
  environment: WhyEnvironment,
  asked: AskedPartition,
  record: BackfillRecord,
): Promise<WhyReason> {
  const culprits = (await failedAbove(environment, asked, record)).slice(0, shownPartitions);
  const [first] = culprits;
  const text =
    first === undefined
      ? `It was skipped in ${record.id}, because a partition that it reads had failed; that one has been retried since.`
      : `It was skipped in ${record.id}, because ${first.asset} ${first.key} failed` +
        (first.error === undefined ? "" : `: ${first.error}`) +
        `${culprits.length > 1 ? " (and others)" : ""}.`;
  return { kind: "skipped", text, partitions: culprits };
}

/** Walks upstream over skipped partitions to failed ones. */
async function failedAbove(
  { store, graph, states }: WhyEnvironment,
  { registered, subset }: AskedPartition,
  record: BackfillRecord,
): Promise<WhyPartition[]> {
  const planeOf = async (asset: string, plane: LedgerPlane): Promise<PartitionsSubset> => {
    const selected = await readSelected(store, asset, record.id);
    const lanes = await readLedgerPlane(store, asset, record.id, plane, selected);
    return states.asset(asset).ordinals.subsetOf(lanes);
  };
  const seen = new Map<string, PartitionsSubset>([[registered.asset.name, subset]]);
  const open: [string, PartitionsSubset][] = [[registered.asset.name, subset]];
  const found: WhyPartition[] = [];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [asset, reached] = next;
    for (const edge of graph.upstreamEdges(asset)) {
      const above = edge.upstreamAsset;
      if (!record.header.assets.includes(above)) continue;
      const needed = upstreamOf(edge, reached, states.context).subset;
      const failed = intersectSubsets(needed, await planeOf(above, "failed"));
      for (const culprit of someOf(failed, above, states.context, "failed"))
        if (!found.some(({ asset: name, key }) => name === above && key === culprit.key))
          found.push({ ...culprit, ...(await errorOf(culprit)) });
      if (found.length >= shownPartitions) return found;
      const skipped = intersectSubsets(needed, await planeOf(above, "skipped"));
      const known = seen.get(above);
      const fresh = known === undefined ? skipped : subtractSubsets(skipped, known);
      if (isEmptySubset(fresh)) continue;
      seen.set(above, known === undefined ? fresh : unionSubsets(known, fresh));
      open.push([above, fresh]);
    }
  }
  return found;

  async function errorOf({ asset, key }: WhyPartition): Promise<{ readonly error?: string }> {
    const { asset: known, ordinals } = states.asset(asset);
    const address = ordinals.addressOf(requirePartition(known.partitions, key, states.context));
    const [note] = await readNotes(store, asset, "errors", [address]);
    if (note === undefined) return {};
    const { name, message } = parseErrorNote(note);
    return { error: `${name}: ${(message.split("\n")[0] ?? "").slice(0, 200)}` };
  }
}
