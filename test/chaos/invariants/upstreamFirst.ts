import { subsetFromKeys, subsetKeys, upstreamOf } from "@infill/partitions";
import type { Invariant } from "./invariant.ts";

/** No partition starts before what it needs has succeeded. */
export const upstreamFirst: Invariant = {
  id: "I6",
  says: "of each executed partition, every selected upstream partition had completed and settled before its start",
  check({ backfills, executions, assets, scenario }) {
    const wrong: string[] = [];
    const firstEnd = new Map<string, number>();
    for (const { end } of executions) {
      if (end === undefined) continue;
      const name = `${end.backfill} ${end.asset} ${end.key}`;
      firstEnd.set(name, Math.min(end.monotonicMs, firstEnd.get(name) ?? Number.POSITIVE_INFINITY));
    }
    const { graph } = scenario.project;
    for (const { id, ledgers, plannedMs } of backfills) {
      const context = { nowMs: plannedMs };
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
          const records = assets.find(({ asset }) => asset === edge.upstreamAsset)?.records;
          for (const key of keys) {
            if (selected.get(edge.upstreamAsset)?.has(key) !== true) continue;
            const endedMs = firstEnd.get(`${id} ${edge.upstreamAsset} ${key}`);
            // Redis tells whole milliseconds, and its clock and the processes' are one.
            const settledMs = records?.get(key)?.settledMs ?? 0;
            const isFirst = records?.get(key)?.backfillId === id;
            if (endedMs === undefined || endedMs > start.monotonicMs)
              wrong.push(
                `${id} ${start.asset} ${start.key} started before ${edge.upstreamAsset} ${key} had completed`,
              );
            else if (isFirst && settledMs > start.wallMs + 1)
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
