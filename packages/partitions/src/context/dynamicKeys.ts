import { DuplicateKeyError, PartitionKeyError } from "../errors/definitionErrors.ts";
import { normalizePartitionKey } from "./partitionKeyText.ts";
import { integerLimit } from "../integers/integerSet.ts";

/**
 * The keys of one dynamic definition at one moment, in insertion order, each with its permanent
 * ordinal.
 */
export interface DynamicKeys {
  readonly keys: readonly string[];
  /** The ordinal of the key at each position. */
  readonly ordinals: Int32Array;
  readonly positionByKey: ReadonlyMap<string, number>;
  readonly positionByOrdinal: ReadonlyMap<number, number>;
  /** The key of an ordinal that was removed; undefined if there never was one. */
  readonly removedKeyOf: (ordinal: number) => string | undefined;
}

/**
 * Dynamic keys with the ordinals 0, 1, 2 … in the order given. Throws for an invalid or repeated
 * key.
 */
export function dynamicKeys(keys: readonly string[]): DynamicKeys {
  return dynamicKeysWithOrdinals(keys.map((key, ordinal) => [key, ordinal] as const));
}

/**
 * Dynamic keys with the ordinals that a store gave them.
 *
 * @param removedKeyOf the keys of removed ordinals; default: there are none
 */
export function dynamicKeysWithOrdinals(
  entries: readonly (readonly [key: string, ordinal: number])[],
  removedKeyOf: DynamicKeys["removedKeyOf"] = () => undefined,
): DynamicKeys {
  const positionByKey = new Map<string, number>();
  const positionByOrdinal = new Map<number, number>();
  const ordinals = new Int32Array(entries.length);
  const keys = entries.map(([written, ordinal], position) => {
    const key = normalizePartitionKey(written);
    const known = positionByKey.get(key);
    if (known !== undefined) throw new DuplicateKeyError(key, known, position);
    if (
      !Number.isInteger(ordinal) ||
      ordinal < 0 ||
      ordinal >= integerLimit ||
      positionByOrdinal.has(ordinal)
    ) {
      throw new PartitionKeyError(
        key,
        `its ordinal ${ordinal} must be a whole number that no other key has`,
      );
    }
    positionByKey.set(key, position);
    positionByOrdinal.set(ordinal, position);
    ordinals[position] = ordinal;
    return key;
  });
  return { keys, ordinals, positionByKey, positionByOrdinal, removedKeyOf };
}
