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
   * The keys of a dynamic definition in the order in which they were added, or with `removed` those that were removed.
   *
   * @throws UnknownDynamicPartitionsError
   */
  list(
    name: string,
    options?: PageOptions & { readonly removed?: boolean },
  ): Promise<Page<DynamicPartition>>;
  /**
   * Adds keys to a dynamic definition; those that are there already stay as they are. One that was removed comes back
   * with its state.
   *
   * @param keys any number; each counts once
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is added then
   */
  add(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * Removes keys from a dynamic definition. Their partitions keep their state, but are not listed or selected any more; where
   * a running backfill has them still to do, they fail with PARTITION_GONE. Adding the keys again brings all of it back.
   *
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is removed then
   */
  remove(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * What was added to a dynamic definition and removed from it, by whom and why, newest first.
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
