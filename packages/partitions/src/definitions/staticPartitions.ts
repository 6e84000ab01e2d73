import { DefinitionOptionError, DuplicateKeyError } from "../errors/definitionErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { normalizePartitionKey } from "../context/partitionKeyText.ts";

/** A fixed list of keys. */
export interface StaticPartitions<K extends string = string> {
  readonly kind: "static";
  /** In the order declared; composed (NFC). */
  readonly keys: readonly K[];
}

const positionsByDefinition = new WeakMap<StaticPartitions, ReadonlyMap<string, number>>();

/**
 * Partitions with a fixed list of keys, in that order.
 *
 * The type of a key is the union of the literals: `staticPartitions(["us", "eu"])` has keys `"us" |
 * "eu"`.
 *
 * @throws PartitionKeyError, DuplicateKeyError
 */
export function staticPartitions<const K extends string>(keys: readonly K[]): StaticPartitions<K> {
  if (!Array.isArray(keys))
    throw new DefinitionOptionError("keys", `expected a list of texts, got ${quoteValue(keys)}`);
  const positions = new Map<string, number>();
  const normalized = keys.map((written, position) => {
    const key = normalizePartitionKey(written);
    const first = positions.get(key);
    if (first !== undefined) throw new DuplicateKeyError(key, first, position);
    positions.set(key, position);
    return key as K; // the composed form of a literal is that literal in all but the rarest source files
  });
  const definition = Object.freeze({ kind: "static" as const, keys: Object.freeze(normalized) });
  positionsByDefinition.set(definition, positions);
  return definition;
}

/** The position of each key. Cached. */
export function positionsOf(definition: StaticPartitions): ReadonlyMap<string, number> {
  let positions = positionsByDefinition.get(definition);
  if (positions === undefined) {
    positions = new Map(definition.keys.map((key, position) => [key, position]));
    positionsByDefinition.set(definition, positions);
  }
  return positions;
}
