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
  const build = (chosen: readonly string[]): PartitionsSubset =>
    subsetFromKnownKeys(definition, chosen, context);
  const run = fc.tuple(fc.nat(keys.length), fc.nat(keys.length));
  /** A few keys, the first anywhere and the others some steps on. */
  const few = fc.tuple(
    fc.nat(keys.length),
    fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
  );
  return fc.oneof(
    fc.subarray(keys).map(build),
    run.map(([from, to]) => build(keys.slice(Math.min(from, to), Math.max(from, to)))),
    few.map(([first, steps]) => {
      let at = first;
      return build(
        [first, ...steps.map((step) => (at += step))].flatMap((index) => keys[index] ?? []),
      );
    }),
  );
}
