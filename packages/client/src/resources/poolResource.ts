import { slotsOf } from "@infill/planning";
import { readOverruns, readWorkers } from "@infill/state";
import type { PoolSummary } from "../assets/assetAnswers.ts";
import { capUseOfPool } from "../assets/capUse.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/** Pools and their workers. */
export interface Pools {
  list(): Promise<readonly PoolSummary[]>;
}

export function poolResource({ connection, project, store, graph }: ClientEnvironment): Pools {
  return {
    async list() {
      const queues = await connection.queues();
      const workers = (await readWorkers(store)).filter((worker) => worker.isAlive);
      const overruns = await readOverruns(store);
      const pools: PoolSummary[] = [];
      for (const [pool, { concurrency }] of project.pools) {
        const counts = await queues
          .queue(pool)
          .getJobCounts("waiting", "active", "delayed", "prioritized");
        pools.push({
          pool,
          assets: Array.from(graph.assets.values()).flatMap((asset) =>
            asset.pool === pool ? [asset.name] : [],
          ),
          ...(await capUseOfPool(store, pool, concurrency)),
          waiting: (counts["waiting"] ?? 0) + (counts["prioritized"] ?? 0),
          active: counts["active"] ?? 0,
          delayed: counts["delayed"] ?? 0,
          workers: workers.filter((worker) => worker.pools[pool] !== undefined).length,
          slots: slotsOf(workers, pool),
          overruns: overruns
            .filter(({ asset }) => graph.assets.get(asset)?.pool === pool)
            .map(({ asset, partition, backfillId, session, reason, sinceMs }) => ({
              ...{ asset, partition, backfillId, workerId: session, reason },
              since: new Date(sinceMs).toISOString(),
            })),
        });
      }
      return pools;
    },
  };
}
