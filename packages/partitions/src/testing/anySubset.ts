import fc from "fast-check";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import type { PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { subsetFromKnownKeys } from "../subsets/subsetFromKeys.ts";

/** Any of a definition's existing partitions; the definition should have at most some thousands. */
export function anySubsetOf(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): fc.Arbitrary<PartitionsSubset> {
  const keys = [...partitionKeys(definition, context)];
  return fc.oneof(
    fc.subarray(keys).map((chosen) => subsetFromKnownKeys(definition, chosen, context)),
    fc
      .tuple(fc.nat(keys.length), fc.nat(keys.length))
      .map(([from, to]) =>
        subsetFromKnownKeys(
          definition,
          keys.slice(Math.min(from, to), Math.max(from, to)),
          context,
        ),
      ),
  );
}
