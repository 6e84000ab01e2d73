import { subsetFromKeys, subsetKeys, upstreamOf } from "@infill/partitions";
import type { Invariant } from "./invariant.ts";

/** No partition starts before what it needs has succeeded. */
export const upstreamFirst: Invariant = {
  id: "I6",
  says: "of each executed partition, every selected upstream partition had completed and settled before its start",
  check({ backfills, executions, scenario, keyOf }) {
    const wrong: string[] = [];
    // Whichever backfill's execution it was: overlapping ones share them.
    const firstEnd = new Map<string, number>();
    for (const { end } of executions) {
      if (end === undefined) continue;
      const name = `${end.asset} ${end.key}`;
      firstEnd.set(name, Math.min(end.monotonicMs, firstEnd.get(name) ?? Number.POSITIVE_INFINITY));
    }
    const firstSettled = new Map<string, number>();
    for (const { atMs, event } of scenario.observer.settlements) {
      if (event.change.kind !== "succeeded") continue;
      for (const ordinal of event.change.ordinals) {
        const name = `${event.backfillId} ${event.asset} ${keyOf(event.asset, event.lane, ordinal)}`;
        if (!firstSettled.has(name)) firstSettled.set(name, atMs);
      }
    }
    const { graph } = scenario.project;
    for (const { id, ledgers, planned: context } of backfills) {
      const selected = new Map(ledgers.map((ledger) => [ledger.asset, ledger.selected]));
      const upstreamKeys = new Map<string, string[]>();
      for (const { start } of executions) {
        if (start.backfill !== id) continue;
        const definition = graph.assets.get(start.asset)?.partitions;
        if (definition === undefined) continue;
        for (const edge of graph.upstreamEdges(start.asset)) {
          const place = `${start.asset} ${start.key} ${edge.upstreamAsset}`;
          let keys = upstreamKeys.get(place);
          if (keys === undefined) {
            const one = subsetFromKeys(definition, [start.key], context);
            keys = [...subsetKeys(upstreamOf(edge, one, context).subset, context)];
            upstreamKeys.set(place, keys);
          }
          for (const key of keys) {
            if (selected.get(edge.upstreamAsset)?.has(key) !== true) continue;
            const endedMs = firstEnd.get(`${edge.upstreamAsset} ${key}`);
            // Redis tells whole milliseconds, and its clock and the processes' are one.
            const settledMs = firstSettled.get(`${id} ${edge.upstreamAsset} ${key}`);
            if (endedMs === undefined || endedMs > start.monotonicMs)
              wrong.push(
                `${id} ${start.asset} ${start.key} started before ${edge.upstreamAsset} ${key} had completed`,
              );
            else if (settledMs === undefined || settledMs > start.wallMs + 1)
              wrong.push(
                `${id} ${start.asset} ${start.key} started before ${edge.upstreamAsset} ${key} had settled`,
              );
          }
        }
      }
    }
    return wrong;
  },
};
