import { parseOptions } from "@infill/core";
import { parsePartitionTextFor } from "@infill/partitions";
import { type PartitionStates, type PartitionStatuses, statusesWithin } from "@infill/planning";
import { countStatuses } from "../assets/assetDetails.ts";
import { changePartitions, listPartitionChanges } from "../assets/changePartitions.ts";
import { listPartitions } from "../partitions/listPartitions.ts";
import type {
  ChangedPartitions,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  StatusCounts,
} from "../partitions/partitionAnswers.ts";
import { describePartition } from "../partitions/partitionDetails.ts";
import type { PageOptions } from "../schemas/pageSchemas.ts";
import { type PartitionChange, partitionInputs } from "../schemas/partitionSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { Page } from "../shared/page.ts";
import type { PartitionWhy } from "../why/whyAnswers.ts";
import { whyPartition } from "../why/whyPartition.ts";

/**
 * Partitions of one asset: statuses, explanations, and changes by hand.
 *
 * Each method throws InvalidOptionsError for input that `partitionInputs` refuses.
 */
export interface Partitions {
  /** Counts by status of the partitions that the text selects (default: all). */
  count(asset: string, partitions?: string): Promise<StatusCounts>;
  /** In definition order. */
  list(
    asset: string,
    options?: PageOptions & {
      readonly partitions?: string | undefined;
      readonly status?: PartitionStatus | undefined;
    },
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
  const { asset: assetSchema, key: keySchema } = partitionInputs;
  const assetOf = (asset: string) => parseOptions(assetSchema, asset, "asset");
  const keyOf = (key: string) => parseOptions(keySchema, key, "partition key");
  return {
    async count(asset, partitions) {
      const text = parseOptions(partitionInputs.partitions, partitions, "partitions");
      return countStatuses((await select(assetOf(asset), text)).statuses);
    },
    async list(written, options = {}) {
      const asset = assetOf(written);
      const { partitions, status, ...page } = parseOptions(partitionInputs.list, options, "page");
      const { statuses, states } = await select(asset, partitions);
      const wanted = status === undefined ? statuses.all : statuses[status];
      return listPartitions(store, states, asset, wanted, page);
    },
    async get(written, key) {
      const [asset, wanted] = [assetOf(written), keyOf(key)];
      const states = await environment.states();
      environment.asset(asset);
      return describePartition(store, graph, states, asset, wanted);
    },
    async explain(written, key) {
      const [asset, wanted] = [assetOf(written), keyOf(key)];
      const { pools } = project;
      const states = await environment.states();
      const queues = () => connection.queues();
      return whyPartition({ store, graph, registered, pools, states, queues }, asset, wanted);
    },
    async mark(written, change) {
      const asset = assetOf(written);
      const given = parseOptions(partitionInputs.mark, change, "change of partitions");
      const register = () => connection.assets.register([asset]);
      return changePartitions(store, await environment.states(), asset, "marked", given, register);
    },
    async wipe(written, change) {
      const asset = assetOf(written);
      const given = parseOptions(partitionInputs.wipe, change, "change of partitions");
      const nothing = () => Promise.resolve(false);
      return changePartitions(store, await environment.states(), asset, "wiped", given, nothing);
    },
    async listChanges(written, options = {}) {
      const asset = assetOf(written);
      const page = parseOptions(partitionInputs.listChanges, options, "page");
      await connection.assets.refresh();
      return listPartitionChanges(store, environment.asset(asset).asset.name, page);
    },
  };
}
