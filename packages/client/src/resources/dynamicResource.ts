import { parseOptions } from "@infill/core";
import type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
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
import { type DynamicChangeOptions, dynamicInputs } from "../schemas/dynamicSchemas.ts";
import type { PageOptions } from "../schemas/pageSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { Page } from "../shared/page.ts";

/** Dynamic definitions and their keys. Each method throws InvalidOptionsError for what `dynamicInputs` refuses. */
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
    options?: PageOptions & { readonly removed?: boolean | undefined },
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
  const nameOf = (name: string) =>
    parseOptions(dynamicInputs.name, name, "name of dynamic partitions");
  const change = (
    name: string,
    what: "added" | "removed",
    keys: Iterable<string>,
    options: DynamicChangeOptions,
  ) =>
    changeDynamicPartitions(
      scope,
      nameOf(name),
      what,
      parseOptions(dynamicInputs.keys, listOf(keys), "keys of dynamic partitions"),
      parseOptions(
        what === "added" ? dynamicInputs.add : dynamicInputs.remove,
        options,
        "change of dynamic partitions",
      ),
    );
  return {
    listDefinitions: () => listDynamicDefinitions(scope),
    list: async (name, options = {}) =>
      listDynamicPartitions(scope, nameOf(name), parseOptions(dynamicInputs.list, options, "page")),
    add: async (name, keys, options = {}) => change(name, "added", keys, options),
    remove: async (name, keys, options = {}) => change(name, "removed", keys, options),
    listChanges: async (name, options = {}) =>
      listDynamicChanges(
        scope,
        nameOf(name),
        parseOptions(dynamicInputs.listChanges, options, "page"),
      ),
  };
}

/** The keys as an array. Returns anything else unchanged, also a string, so that the schema refuses it. */
function listOf(keys: unknown): unknown {
  return typeof keys === "object" && keys !== null && Symbol.iterator in keys
    ? // Whatever it yields: the schema looks at each.
      Array.from(keys as Iterable<unknown>)
    : keys;
}
