import type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
  DynamicChangeOptions,
  DynamicDefinition,
  DynamicPartition,
} from "../dynamic/dynamicAnswers.ts";
import {
  changeDynamicPartitions,
  type DynamicEnvironment,
  listDynamicChanges,
  listDynamicDefinitions,
  listDynamicPartitions,
} from "../dynamic/dynamicPartitions.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { Page, PageOptions } from "../shared/pages.ts";

/** Dynamic definitions and their keys. */
export interface DynamicDefinitions {
  /** The dynamic definitions of the project, by name. */
  listDefinitions(): Promise<readonly DynamicDefinition[]>;
  /**
   * The keys of a dynamic definition in the order of their addition; with `removed`, the removed
   * keys.
   *
   * @throws UnknownDynamicPartitionsError
   */
  list(
    name: string,
    options?: PageOptions & { readonly removed?: boolean },
  ): Promise<Page<DynamicPartition>>;
  /**
   * Adds keys to a dynamic definition; present keys do not change. A key that was removed before
   * gets its state back.
   *
   * @param keys any number, with duplicates
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is added then
   */
  add(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * Removes keys from a dynamic definition. Their partitions keep their state, but are no longer
   * listed or selected. Partitions that a running backfill still has to run fail with
   * PARTITION_GONE. Adding the keys again restores the state.
   *
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is removed then
   */
  remove(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * Additions and removals of a dynamic definition's keys with actor and reason, newest first.
   *
   * @throws UnknownDynamicPartitionsError
   */
  listChanges(name: string, options?: PageOptions): Promise<Page<DynamicChangeEvent>>;
}

export function dynamicResource(environment: ClientEnvironment): DynamicDefinitions {
  const { store, registered } = environment;
  const scope: DynamicEnvironment = { store, registered, context: () => environment.context() };
  return {
    listDefinitions: () => listDynamicDefinitions(scope),
    list: (name, options = {}) => listDynamicPartitions(scope, name, options),
    add: (name, keys, options = {}) => changeDynamicPartitions(scope, name, "added", keys, options),
    remove: (name, keys, options = {}) =>
      changeDynamicPartitions(scope, name, "removed", keys, options),
    listChanges: (name, options = {}) => listDynamicChanges(scope, name, options),
  };
}
