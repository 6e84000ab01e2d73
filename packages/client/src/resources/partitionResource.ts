import { parsePartitionTextFor } from "@infill/partitions";
import { type PartitionStates, type PartitionStatuses, statusesWithin } from "@infill/planning";
import { countStatuses } from "../assets/assetDetails.ts";
import { changePartitions, listPartitionChanges } from "../assets/changePartitions.ts";
import { listPartitions } from "../partitions/listPartitions.ts";
import type {
  ChangedPartitions,
  PartitionChange,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  StatusCounts,
} from "../partitions/partitionAnswers.ts";
import { describePartition } from "../partitions/partitionDetails.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { Page, PageOptions } from "../shared/pages.ts";
import type { PartitionWhy } from "../why/whyAnswers.ts";
import { whyPartition } from "../why/whyPartition.ts";

/** Partitions of one asset: statuses, explanations, and changes by hand. */
export interface Partitions {
  /** Counts by status of the partitions that the text selects (default: all). */
  count(asset: string, partitions?: string): Promise<StatusCounts>;
  /** In definition order. */
  list(
    asset: string,
    options?: PageOptions & { readonly partitions?: string; readonly status?: PartitionStatus },
  ): Promise<Page<PartitionSummary>>;
  /** @throws UnknownPartitionKeyError */
  get(asset: string, key: string): Promise<PartitionDetail>;
  /**
   * Why a partition has its status: what it reads, the failed partition behind a skip, what blocks
   * it now. A key without a partition gets an answer too, with status `absent`.
   *
   * @throws UnknownAssetError
   */
  explain(asset: string, key: string): Promise<PartitionWhy>;
  /**
   * Marks the partitions that the text selects as materialized, without running them. Leaves out
   * running ones; plans of running backfills do not change. `count` is its preview.
   */
  mark(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /**
   * Deletes status, records, errors and metadata of the partitions that the text selects. Leaves
   * out running ones.
   */
  wipe(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /**
   * Changes by hand with actor and reason, newest first; Redis keeps an asset's newest 1,000
   * changes.
   */
  listChanges(asset: string, options?: PageOptions): Promise<Page<PartitionChangeEvent>>;
}

export function partitionResource(environment: ClientEnvironment): Partitions {
  const { connection, project, store, graph, registered } = environment;
  const select = async (
    asset: string,
    text: string,
  ): Promise<{ readonly states: PartitionStates; readonly statuses: PartitionStatuses }> => {
    const states = await environment.states();
    const { partitions } = environment.asset(asset).asset;
    const expression = parsePartitionTextFor(text, [partitions], states.context);
    const subset = await states.select(asset, expression);
    return { states, statuses: statusesWithin(await states.statuses(asset), subset) };
  };
  return {
    async count(asset, partitions = ":all") {
      return countStatuses((await select(asset, partitions)).statuses);
    },
    async list(asset, options = {}) {
      const { statuses, states } = await select(asset, options.partitions ?? ":all");
      const wanted = options.status === undefined ? statuses.all : statuses[options.status];
      return listPartitions(store, states, asset, wanted, options);
    },
    async get(asset, key) {
      const states = await environment.states();
      environment.asset(asset);
      return describePartition(store, graph, states, asset, key);
    },
    async explain(asset, key) {
      const { pools } = project;
      const states = await environment.states();
      const queues = () => connection.queues();
      return whyPartition({ store, graph, registered, pools, states, queues }, asset, key);
    },
    async mark(asset, change) {
      const register = () => connection.assets.register([asset]);
      return changePartitions(store, await environment.states(), asset, "marked", change, register);
    },
    async wipe(asset, change) {
      const nothing = () => Promise.resolve(false);
      return changePartitions(store, await environment.states(), asset, "wiped", change, nothing);
    },
    async listChanges(asset, options = {}) {
      await connection.assets.refresh();
      return listPartitionChanges(store, environment.asset(asset).asset.name, options);
    },
  };
}
