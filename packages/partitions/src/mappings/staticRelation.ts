import { listedPositionsOf } from "../definitions/axisKinds.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { MappingKeyError } from "../errors/mappingErrors.ts";
import { didYouMean } from "../errors/nearestName.ts";
import { integers } from "../integers/integerQueries.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import type { AxisRelation } from "./axisRelation.ts";
import type { StaticMapping } from "./partitionMapping.ts";

/** Relates keys by a table. @throws MappingKeyError for a key that its side does not have */
export function staticRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
  mapping: StaticMapping,
): AxisRelation {
  const fed = new Map<number, number[]>();
  const needed = new Map<number, number[]>();
  for (const [upstreamKey, downstreamKeys] of Object.entries(mapping.map)) {
    const from = position(upstream, upstreamKey, "upstream");
    for (const downstreamKey of downstreamKeys) {
      const to = position(downstream, downstreamKey, "downstream");
      fed.set(from, [...(fed.get(from) ?? []), to]);
      needed.set(to, [...(needed.get(to) ?? []), from]);
    }
  }
  return {
    upstreamOf: (input) => ({
      existing: lookUp(input, needed),
      nonexistent: noIntegers,
      unknownKeys: [],
    }),
    downstreamOf: (input) => lookUp(input, fed),
  };
}

function position(
  definition: AxisDefinition,
  key: string,
  side: "upstream" | "downstream",
): number {
  const positions = listedPositionsOf(definition);
  if (positions === undefined)
    throw new Error("Bug: a static mapping joins definitions that list their keys.");
  const found = positions.get(key);
  if (found === undefined)
    throw new MappingKeyError(key, side, didYouMean(key, [...positions.keys()]));
  return found;
}

function lookUp(input: IntegerSet, table: ReadonlyMap<number, readonly number[]>): IntegerSet {
  const found = new Set<number>();
  for (const coordinate of integers(input))
    for (const other of table.get(coordinate) ?? []) found.add(other);
  return integersFromSorted(Int32Array.from(found).sort());
}
