import { expect, test } from "vitest";
import { daily } from "../definitions/cadences.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { parsePartitionText } from "./parsePartitionText.ts";
import { resolvePartitions } from "./resolvePartitions.ts";

const context = { nowMs: Date.UTC(2024, 5) };
const keys = ["x;y", "a=b", "plain"];

function resolve(definition: PartitionsDefinition, text: string): string[] {
  const subset = resolvePartitions(parsePartitionText(text), definition, context, () => {
    throw new Error("Bug: no status is asked");
  });
  return [...subsetKeys(subset, context)];
}

test.each(["x;y", "a=b"])("the existing key %s without quotes is shown in quotes", (key) => {
  const definition = staticPartitions(keys);
  expect(() => resolve(definition, key)).toThrow(`write it in quotes, ${JSON.stringify(key)}`);
  expect(resolve(definition, JSON.stringify(key))).toEqual([key]);
});

test("a key with brackets, which cannot be read, is shown in quotes too", () => {
  expect(() => parsePartitionText("a[1]")).toThrow('is written in quotes: "a[1]"');
});

test("a key that does not exist is told as before", () => {
  expect(() => resolve(staticPartitions(keys), "z;y")).toThrow(/Unknown partition key "z"/);
});

test("one key for two dimensions is answered with the dimension that it is of", () => {
  const grid = multi({ date: daily({ start: "2024-01-01" }), region: staticPartitions(["us"]) });
  expect(() => resolve(grid, "2024-01-05")).toThrow("write date=2024-01-05");
  expect(() => resolve(grid, "us")).toThrow("write region=us");
  expect(resolve(grid, "2024-01-05|us")).toEqual(["2024-01-05|us"]);
});
