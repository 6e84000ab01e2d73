import { describe, expect, test } from "vitest";
import { dynamicKeysWithOrdinals } from "../context/dynamicKeys.ts";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { daily, minutely } from "../definitions/cadences.ts";
import { dynamicPartitions } from "../definitions/dynamicPartitions.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { InfillError } from "../errors/infillError.ts";
import { countSubset, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { subsetFromKeys } from "../subsets/subsetFromKeys.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { parsePartitionText } from "./parsePartitionText.ts";
import { partitionTextOf } from "./partitionTextOf.ts";
import { resolvePartitions } from "./resolvePartitions.ts";

const days = daily({ start: "2024-01-01" });
const regions = staticPartitions(["us", "eu", "jp"]);
const grid = multi({ date: days, region: regions });
const context: PartitionsContext = { nowMs: Date.UTC(2024, 2, 1) };

function resolve(text: string, definition: PartitionsDefinition = days): PartitionsSubset {
  const failed = (): PartitionsSubset =>
    subsetFromKeys(days, ["2024-01-02", "2024-02-02"], context);
  return resolvePartitions(parsePartitionText(text), definition, context, failed);
}

function refused(
  text: string,
  definition: PartitionsDefinition = days,
): InfillError & { position?: number } {
  try {
    resolve(text, definition);
  } catch (error) {
    if (error instanceof InfillError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("a partition text selects", () => {
  test.each([
    ["2024-02-01, 2024-01-3*", "[2024-01-30...2024-02-01]"],
    ["[2024-02-27...]", "[2024-02-27...2024-02-29]"],
    ["[...2024-01-02]", "[2024-01-01...2024-01-02]"],
    [
      "[2024-01-01...2024-01-05], !2024-01-03",
      "[2024-01-01...2024-01-02], [2024-01-04...2024-01-05]",
    ],
    [
      "!2024-01-03, [2024-01-01...2024-01-05]",
      "[2024-01-01...2024-01-02], [2024-01-04...2024-01-05]",
    ],
    ["!2024-01-01", "[2024-01-02...2024-02-29]"],
    [":latest(2)", "[2024-02-28...2024-02-29]"],
    ["[2024-01-03...] & :failed", "2024-02-02"],
    [":failed & !2024-01-02", "2024-02-02"],
    [":all", ":all"],
    ["*", ":all"],
    ["*-29", "2024-01-29, 2024-02-29"],
    ["!:all", "!:all"],
    ["[2024-01-01...2024-01-09] & :sample(3)", "2024-01-01, 2024-01-05, 2024-01-09"],
    [":sample(3) & [2024-01-01...2024-01-09] & :sample(5)", "2024-01-01, 2024-01-05, 2024-01-09"],
    ["[2024-01-01...2024-01-03] & !:sample(2)", "2024-01-02"],
    ["!:sample(2), [2024-01-01...2024-01-03]", "2024-01-02"],
    ["[2024-01-01...2024-01-03]; :sample(2)", "2024-01-01, 2024-01-03"],
    ["!:older(2d) & :latest(59)", "[2024-01-03...2024-02-01], [2024-02-03...2024-02-29]"],
    [":stale(code) & !2024-01-02", "2024-02-02"],
    ["  2024-01-01 ,\n2024-01-02 ", "[2024-01-01...2024-01-02]"],
  ])("%s", (text, denoted) => {
    expect(partitionTextOf(resolve(text), context)).toBe(denoted);
  });

  test.each([
    ["date=[2024-01-01...2024-01-02]; region=us,eu", 4],
    ["region=!us", 120],
    ["date=:latest(1)", 3],
    [":latest(1)", 3],
    ["region=us; :sample(10)", 10],
    [":sample(10); region=us; date=[2024-01-01...2024-01-04]", 4],
    ["date=:sample(2)", 6],
    ['"2024-01-01|us", 2024-01-02|eu', 2],
    ["date=2024-01-01; region=us || region=jp", 61],
  ])("of several dimensions %s", (text, count) => {
    expect(countSubset(resolve(text, grid))).toBe(count);
  });

  test("B4: keys in quotes, with any characters", () => {
    const odd = staticPartitions(["us,east", "c]d", 'say "hi"', ":all", "!x", "*"]);
    expect([
      ...subsetKeys(resolve('"us,east", ["c]d"..."say \\"hi\\""], ":all"', odd), context),
    ]).toEqual(["us,east", "c]d", 'say "hi"', ":all"]);
  });

  test("B48: a range of dynamic keys follows the order of their addition", () => {
    const customers = dynamicPartitions({ name: "customers" });
    const entries = [
      ["zed", 5],
      ["acme", 0],
      ["blue", 9],
      ["mono", 2],
    ] as const;
    const dynamic: PartitionsContext = {
      ...context,
      dynamicKeys: new Map([["customers", dynamicKeysWithOrdinals(entries)]]),
    };
    const range = resolvePartitions(parsePartitionText("[acme...mono]"), customers, dynamic, () =>
      resolve(":all"),
    );
    expect([...subsetKeys(range, dynamic)]).toEqual(["acme", "blue", "mono"]);
    expect(partitionTextOf(range, dynamic)).toBe("[acme...mono]");
  });
});

describe("a partition text is refused", () => {
  test.each([
    ["B42: that is empty", "", 0],
    ["B40: with a comma too many", "a,,b", 2],
    ["B40: with a comma at the end", "a,", 2],
    ["B40: with a bracket left open", "[a...b", 6],
    ["B40: with a range of three", "[a...b...c]", 6],
    ["B40: with a range without ends", "[...]", 0],
    ["B40: with an empty bracket", "[]", 1],
    ["B40: with a bracket too many", "a]", 1],
    ["B40: with a quote left open", '"a', 2],
    ["B40: that is a lone !", "!", 1],
    ["B40: that is a lone &", "&", 0],
    ["B43: with two stars in a pattern", "*a*b*c*", 2],
    ["with an unknown word", ":none", 0],
    ["with a number that is none", ":latest(x)", 8],
    ["with a part of stale that there is not", ":stale(data)", 7],
    ["with a part of stale left open", ":stale(code", 11],
    ["with an age without its unit", ":older(30)", 9],
    ["with an age in a unit that it does not have", ":older( 30 min)", 11],
    ["with an age of nothing", ":older(d)", 7],
    ["with a sample of none", ":sample(0)", 8],
    ["with a sample of too many", ":sample(10001)", 8],
    ["with nothing after a dimension", "date=", 5],
    ["with a dimension without name", "=1+1", 0],
  ])("%s", (_, text, position) => {
    const error = refused(text);
    expect(error.code).toBe("INFILL_PARTITION_TEXT_INVALID");
    expect(error.position).toBe(position);
    expect(error.message).toContain(`at character ${position + 1}`);
  });

  test.each([
    [
      "B38: whose range is inverted",
      "[2024-02-01...2024-01-01]",
      days,
      "INFILL_RANGE_INVERTED",
      "[2024-01-01...2024-02-01]",
    ],
    [
      "B39: whose range ends at no key",
      "[2024-01-01...2025-01-01]",
      days,
      "INFILL_PARTITION_KEY_UNKNOWN",
      "2024-02-29",
    ],
    [
      "B39: that takes a key of another dimension",
      "date=us",
      grid,
      "INFILL_PARTITION_KEY_UNKNOWN",
      "2024-01-01",
    ],
    [
      "B45: with a range over dimensions that it does not name",
      "[2024-01-01...2024-01-02]",
      grid,
      "INFILL_PARTITION_TEXT_DIMENSIONS",
      "date=[a...b]",
    ],
    [
      "B45: with a pattern over dimensions that it does not name",
      "2024-*",
      grid,
      "INFILL_PARTITION_TEXT_DIMENSIONS",
      "region=2024-*",
    ],
    ["B46: with an unknown dimension", "regoin=us", grid, "INFILL_DIMENSION_UNKNOWN", '"region"'],
    [
      "B46: with a dimension twice",
      "region=us; region=eu",
      grid,
      "INFILL_PARTITION_TEXT_DIMENSIONS",
      "twice",
    ],
    [
      "with dimensions that the definition does not have",
      "region=us",
      days,
      "INFILL_DIMENSION_UNKNOWN",
      "no dimensions",
    ],
    [
      "with an age inside a dimension",
      "region=:older(3d)",
      grid,
      "INFILL_PARTITION_TEXT_DIMENSIONS",
      "region=…; :older(3d)",
    ],
    [
      "with a status inside a dimension",
      "region=:failed",
      grid,
      "INFILL_PARTITION_TEXT_DIMENSIONS",
      ":failed",
    ],
  ])("%s", (_, text, definition, code, named) => {
    const error = refused(text, definition);
    expect(error.code).toBe(code);
    expect(error.message).toContain(named);
  });

  test("B44: that is too long or has too many terms is refused at once", () => {
    const before = process.cpuUsage();
    for (const text of [
      `${"a".repeat(65_536)}b`,
      "[".repeat(1_000_000),
      Array.from({ length: 10_001 }, () => "a").join(),
    ]) {
      expect(refused(text).code).toBe("INFILL_PARTITION_TEXT_TOO_LONG");
    }
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(200);
  });
});

test("B41, B46: repeated and overlapping terms count once; a dimension that is left out means all of it", () => {
  expect(
    countSubset(
      resolve("[2024-01-01...2024-01-05], 2024-01-03, 2024-01-03, [2024-01-02...2024-01-06]"),
    ),
  ).toBe(6);
  expect(countSubset(resolve("region=us", grid))).toBe(60);
});

test("B43: a star over ten million keys costs one look at the count", () => {
  const minutes = minutely({ minutes: 1, start: "2000-01-01" });
  const later: PartitionsContext = { nowMs: Date.UTC(2019, 0, 6) };
  const before = process.cpuUsage();
  const all = resolvePartitions(parsePartitionText("*"), minutes, later, () => resolve(":all"));
  expect(countSubset(all)).toBeGreaterThan(9_990_000);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(300);
});
