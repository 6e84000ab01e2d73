import { asset, dep, project } from "@infill/core";
import {
  daily,
  dimensionMapping,
  dynamicPartitions,
  latestOverlapping,
  multi,
  type PartitionMapping,
  type PartitionsDefinition,
  specificPartitions,
  staticPartitions,
} from "@infill/partitions";
import { describe, expect, test } from "vitest";
import { NonexistentUpstreamError } from "./nonexistentUpstreamError.ts";

const days = daily({ start: "2024-01-01" });
const later = daily({ start: "2024-02-01" });
const letters = staticPartitions(["a", "b"]);
const more = staticPartitions(["a", "it's c"]);
const customers = dynamicPartitions({ name: "customers" });
const grid = multi({ date: later, letter: letters });

describe("partitions whose upstream does not exist are told what would help", () => {
  test.each<
    [
      string,
      PartitionsDefinition,
      PartitionsDefinition,
      PartitionMapping | undefined,
      string[],
      string,
    ]
  >([
    [
      "two lists",
      letters,
      more,
      undefined,
      ["it's c"],
      `, or add "it's c" to the keys of "up", or say with staticMapping({ "a": "it's c" }) for each upstream key and the keys that it feeds.`,
    ],
    [
      "a list below dynamic keys",
      letters,
      customers,
      undefined,
      ["c"],
      ', or add "c" to the keys of "up".',
    ],
    [
      "dynamic keys",
      customers,
      more,
      undefined,
      ["a", "it's c"],
      ", or add the missing keys: infill dynamic add customers a 'it'\\''s c'.",
    ],
    [
      "specific keys",
      customers,
      more,
      specificPartitions(["x"]),
      ["x"],
      ", or correct the list of specificPartitions([…]), or add the missing keys: infill dynamic add customers x.",
    ],
    ["specific days", later, days, specificPartitions(["2024-01-05"]), [], ", or correct the list"],
    [
      "windows before the first",
      later,
      days,
      undefined,
      [],
      ", or allow this with timeWindowMapping({ allowNonexistentUpstream: true }).",
    ],
    [
      "windows of a dimension before the first",
      grid,
      days,
      undefined,
      [],
      ", or allow this with timeWindowMapping({ allowNonexistentUpstream: true }).",
    ],
    [
      "the latest window before the first",
      later,
      days,
      latestOverlapping(),
      [],
      ', or let the definition of "up" start earlier.',
    ],
    [
      "a dimension that is a list",
      grid,
      more,
      dimensionMapping({ dimension: "letter" }),
      ["it's c"],
      `, or add "it's c" to the keys of "up", or say with staticMapping(`,
    ],
    [
      "keys of two dimensions alike",
      multi({ date: days, letter: letters }),
      multi({ date: days, letter: more }),
      undefined,
      ["it's c"],
      `, or add "it's c" to the keys of "up"`,
    ],
  ])("%s", (_, upstream, downstream, mapping, unknownKeys, expected) => {
    const up = asset({ name: "up", partitions: upstream, materialize: () => {} });
    const down = asset({
      name: "down",
      partitions: downstream,
      deps: [dep(up, mapping === undefined ? {} : { mapping })],
      materialize: () => {},
    });
    const [edge] = project({ assets: [up, down] }).graph.upstreamEdges("down");
    if (edge === undefined) throw new Error("no edge");
    const keys = unknownKeys.length > 0 ? unknownKeys : ["2024-01-05"];
    const { message } = new NonexistentUpstreamError(edge, keys, unknownKeys);
    expect(message).toContain(`Select only partitions whose upstream exists${expected}`);
    const isByTime = mapping === undefined && unknownKeys.length === 0;
    expect(message.includes("timeWindowMapping")).toBe(isByTime);
  });
});
