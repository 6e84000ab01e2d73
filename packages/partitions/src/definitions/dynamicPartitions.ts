import { DefinitionOptionError } from "../errors/definitionErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { normalizePartitionKey } from "../context/partitionKeyText.ts";

/**
 * Keys that are added and removed while the project runs. The store has them under the definition's
 * name.
 */
export interface DynamicPartitions {
  readonly kind: "dynamic";
  readonly name: string;
}

/**
 * Partitions whose keys are in the store under a name. Two assets with the same name share the
 * keys.
 */
export function dynamicPartitions(options: { readonly name: string }): DynamicPartitions {
  const name: unknown = options?.name;
  if (typeof name !== "string" || name === "") {
    throw new DefinitionOptionError(
      "name",
      `dynamic partitions need a name, got ${quoteValue(name)}`,
    );
  }
  return Object.freeze({ kind: "dynamic", name: normalizePartitionKey(name) });
}
