import { expect, test } from "vitest";
import { daily } from "../definitions/cadences.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { resolvePartitions } from "./resolvePartitions.ts";
import { parsePartitionTextFor } from "./unquotedKey.ts";

const context = { nowMs: Date.UTC(2024, 5) };
const keys = ["x;y", "a=b", "a[1]", "plain"];

function resolve(definition: PartitionsDefinition, text: string): string[] {
  const subset = resolvePartitions(
    parsePartitionTextFor(text, [definition], context),
    definition,
    context,
    () => {
      throw new Error("Bug: no status is asked");
    },
  );
  return [...subsetKeys(subset, context)];
}

test.each(["x;y", "a=b"])(
  "the error for the existing key %s without quotes shows it in quotes",
  (key) => {
    const definition = staticPartitions(keys);
    expect(() => resolve(definition, key)).toThrow(`write it in quotes, ${JSON.stringify(key)}`);
    expect(resolve(definition, JSON.stringify(key))).toEqual([key]);
  },
);

test.each([
  ["plain, a=b", "a=b"],
  ["x;y, plain", "x;y"],
  ["plain, a[1]", "a[1]"],
  ["a[1], b", "a[1]"],
  ["!x;y", "x;y"],
  ["[x;y...plain]", "x;y"],
  ["[plain...a[1]]", "a[1]"],
])("the existing key in %s is shown in quotes", (text, key) => {
  expect(() => resolve(staticPartitions(keys), text)).toThrow(`in quotes, ${JSON.stringify(key)}`);
});

test.each(["region=x;y", "region=x;y; date=2024-01-05", "date=2024-01-05; region=a=b"])(
  "the existing key of a dimension in %s is shown in quotes",
  (text) => {
    const grid = multi({
      date: daily({ start: "2024-01-01" }),
      region: staticPartitions(["x;y", "a=b"]),
    });
    const key = text.includes("x;y") ? "x;y" : "a=b";
    expect(() => resolve(grid, text)).toThrow(`in quotes, ${JSON.stringify(key)}`);
    const quoted = text.replace(key, JSON.stringify(key));
    expect(resolve(grid, quoted)).toContain(`2024-01-05|${key}`);
  },
);

test.each(["a[2]", "plain, a[2], b", '"x;y", nope', "b[1], xa[1]"])(
  "the error for %s, in which no existing key lacks quotes, does not mention quotes",
  (text) => {
    expect(() => resolve(staticPartitions(keys), text)).not.toThrow("in quotes");
    expect(() => resolve(staticPartitions(keys), text)).toThrow();
  },
);

test("the error for a key that does not exist is unchanged", () => {
  expect(() => resolve(staticPartitions(keys), "z;y")).toThrow(/Unknown partition key "z"/);
});

test("the error for one dimension's key, with two dimensions, names its dimension", () => {
  const grid = multi({ date: daily({ start: "2024-01-01" }), region: staticPartitions(["us"]) });
  expect(() => resolve(grid, "2024-01-05")).toThrow("write date=2024-01-05");
  expect(() => resolve(grid, "us")).toThrow("write region=us");
  expect(resolve(grid, "2024-01-05|us")).toEqual(["2024-01-05|us"]);
});
