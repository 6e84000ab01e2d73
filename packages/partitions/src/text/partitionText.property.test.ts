import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { multi } from "../definitions/multiPartitions.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { InfillError } from "../errors/infillError.ts";
import { equalSubsets, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { firstOfSubset } from "../subsets/subsetSamples.ts";
import { allPartitions } from "../subsets/subsetAlgebra.ts";
import {
  anyMultiPartitions,
  anyStaticPartitions,
  anyTimeWindowPartitions,
} from "../testing/anyDefinition.ts";
import { anySubsetOf } from "../testing/anySubset.ts";
import { parsePartitionText } from "./parsePartitionText.ts";
import {
  type PartitionAtom,
  type PartitionExpression,
  type PartitionTerm,
  type StatusAtom,
  statusWords,
} from "./partitionExpression.ts";
import { partitionTextOf } from "./partitionTextOf.ts";
import { printPartitionText } from "./printPartitionText.ts";
import { resolvePartitions } from "./resolvePartitions.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 8) };
const oddKeys = [
  "us,east",
  "a...b".replace("...", ".."),
  "c]d",
  '"',
  "*",
  ":all",
  "!x",
  "a&b",
  "a;b",
  "a=b",
  "=1+1",
  "x y",
  ".",
  "..",
  "\\",
  "{x}",
  "(a+)+$",
  "-1",
  "__proto__",
];
const anyOddStatic = fc
  .uniqueArray(fc.constantFrom(...oddKeys), { minLength: 1 })
  .map((keys) => staticPartitions(keys));
const anyDefinition: fc.Arbitrary<PartitionsDefinition> = fc.oneof(
  anyMultiPartitions,
  anyStaticPartitions,
  anyOddStatic,
  fc.tuple(anyStaticPartitions, anyStaticPartitions).map(([a, b]) => multi({ a, b })),
  anyTimeWindowPartitions({ startYears: [2024, 2024], withExclusions: true }).map((each) => ({
    ...each,
    start: "2024-01-01",
  })),
);
const status =
  (definition: PartitionsDefinition) =>
  (atom: StatusAtom): PartitionsSubset =>
    firstOfSubset(allPartitions(definition, context), atom.kind === "older" ? atom.count : 3);

/** Expressions over a definition's own keys. */
function anyExpression(definition: PartitionsDefinition): fc.Arbitrary<PartitionExpression> {
  const keys = [...partitionKeys(definition, context)];
  const key = keys.length === 0 ? fc.constant("x") : fc.constantFrom(...keys);
  const simple: fc.Arbitrary<PartitionAtom>[] = [
    key.map((each) => ({ kind: "key", key: each })),
    fc.constant({ kind: "all" }),
    fc.nat(9).map((n) => ({ kind: "latest", count: n + 1 })),
    fc.nat(9).map((n) => ({ kind: "sample", count: n + 1 })),
    fc.constantFrom(...statusWords).map((word) => ({ kind: "status", word })),
    fc
      .tuple(fc.nat(99), fc.constantFrom("h", "d", "w"))
      .map(([n, unit]) => ({ kind: "older", count: n + 1, unit })),
    fc.constant({ kind: "pattern", prefix: "", suffix: "" }),
  ];
  const ranges: fc.Arbitrary<PartitionAtom>[] = [
    key.map((from) => ({ kind: "range", from, to: undefined })),
    key.map((to) => ({ kind: "range", from: undefined, to })),
    fc.constantFrom("2024", "u", "a").map((prefix) => ({ kind: "pattern", prefix, suffix: "" })),
  ];
  const atom = fc.oneof(...simple, ...(definition.kind === "multi" ? [] : ranges));
  const term: fc.Arbitrary<PartitionTerm> = fc.array(fc.record({ isNegated: fc.boolean(), atom }), {
    minLength: 1,
    maxLength: 3,
  });
  const clause = fc
    .array(term, { minLength: 1, maxLength: 3 })
    .map((terms) => ({ dimension: undefined, terms }));
  const product = fc.array(clause, { minLength: 1, maxLength: 2 });
  return fc.array(product, { minLength: 1, maxLength: 2 }).map((products) => ({ products }));
}

describe("partition text", () => {
  test("parses its printed form to the same expression and the same subset", () => {
    const drawn = anyDefinition.chain((definition) =>
      fc.tuple(fc.constant(definition), anyExpression(definition)),
    );
    fc.assert(
      fc.property(drawn, ([definition, expression]) => {
        const again = parsePartitionText(printPartitionText(expression));
        expect(again).toEqual(expression);
        const resolve = (of: PartitionExpression): PartitionsSubset | string => {
          try {
            return resolvePartitions(of, definition, context, status(definition));
          } catch (error) {
            if (error instanceof InfillError) return error.code;
            throw error;
          }
        };
        const [first, second] = [resolve(expression), resolve(again)];
        expect(second).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  test("of a subset selects that subset", () => {
    const drawn = anyDefinition.chain((definition) =>
      fc.tuple(fc.constant(definition), anySubsetOf(definition, context)),
    );
    fc.assert(
      fc.property(drawn, ([definition, subset]) => {
        const text = partitionTextOf(subset, context);
        const resolved = resolvePartitions(
          parsePartitionText(text),
          definition,
          context,
          status(definition),
        );
        expect(equalSubsets(resolved, subset)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("does not depend on the order of terms", () => {
    const drawn = anyDefinition.chain((definition) =>
      fc.tuple(fc.constant(definition), anyExpression(definition)),
    );
    fc.assert(
      fc.property(drawn, ([definition, expression]) => {
        const reversed: PartitionExpression = {
          products: expression.products
            .map((product) =>
              product
                .map((clause) => ({
                  ...clause,
                  terms: clause.terms.map((term) => term.toReversed()).toReversed(),
                }))
                .toReversed(),
            )
            .toReversed(),
        };
        const resolve = (of: PartitionExpression): PartitionsSubset =>
          resolvePartitions(of, definition, context, status(definition));
        let first: PartitionsSubset;
        try {
          first = resolve(expression);
        } catch {
          return;
        }
        expect(equalSubsets(resolve(reversed), first)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("of any characters is parsed, or refused at a place within it", () => {
    const scraps = fc.array(
      fc.constantFrom(
        "[",
        "]",
        "...",
        ",",
        ";",
        "&",
        "!",
        ":",
        "*",
        '"',
        "=",
        "||",
        "a",
        "2024-01-01",
        ":latest(3)",
        ":sample(2)",
        ":stale",
        "(code)",
        ":older(3d)",
        " ",
        "\\",
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(scraps, (pieces) => {
        const text = pieces.join("");
        try {
          const expression = parsePartitionText(text);
          expect(parsePartitionText(printPartitionText(expression))).toEqual(expression);
        } catch (error) {
          expect(error).toBeInstanceOf(InfillError);
          const position = error instanceof InfillError && "position" in error ? error.position : 0;
          expect(position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
