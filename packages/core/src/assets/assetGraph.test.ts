import { daily, staticPartitions, timeWindowMapping } from "@infill/partitions";
import { expect, test } from "vitest";
import { asset, dep } from "./asset.ts";
import { assetGraph } from "./assetGraph.ts";
import { selectAssets } from "./assetSelection.ts";

const materialize = () => {};
const days = daily({ start: "2024-01-01" });
const plain = (name: string, ...deps: string[]) => asset({ name, deps, materialize });

test("orders assets so that each comes after its upstream assets", () => {
  const graph = assetGraph([plain("c", "b", "a"), plain("b", "a"), plain("a")]);
  expect([...graph.assets.keys()]).toEqual(["a", "b", "c"]);
});

test("refuses a cycle and names its path", () => {
  expect(() => assetGraph([plain("a", "c"), plain("b", "a"), plain("c", "b")])).toThrow(
    expect.objectContaining({ code: "INFILL_ASSET_CYCLE", path: ["a", "c", "b", "a"] }),
  );
});

test("refuses a self-dependency without an offset back, and accepts one with it", () => {
  const self = (mapping?: ReturnType<typeof timeWindowMapping>) =>
    asset({
      name: "a",
      partitions: days,
      deps: [dep("a", mapping === undefined ? {} : { mapping })],
      materialize,
    });
  expect(() => assetGraph([self()])).toThrow(
    expect.objectContaining({ code: "INFILL_ASSET_CYCLE" }),
  );
  expect(() => assetGraph([self(timeWindowMapping({ startOffset: -1, endOffset: 0 }))])).toThrow(
    "cycle",
  );
  expect(
    assetGraph([self(timeWindowMapping({ startOffset: -1, endOffset: -1 }))]).upstreamEdges("a"),
  ).toHaveLength(1);
});

test("refuses two assets of one name, and names that differ in case only", () => {
  expect(() => assetGraph([plain("a"), plain("a")])).toThrow(
    expect.objectContaining({ code: "INFILL_ASSET_DUPLICATE" }),
  );
  expect(() => assetGraph([plain("a"), plain("A")])).toThrow("differ only in case");
});

test("refuses an unknown upstream and suggests the nearest name", () => {
  expect(() => assetGraph([plain("sales"), plain("report", "sale")])).toThrow(
    'did you mean "sales"?',
  );
});

test("refuses two definitions without a default mapping, and names both assets", () => {
  const upstream = asset({ name: "regions", partitions: staticPartitions(["us"]), materialize });
  const downstream = asset({ name: "days", partitions: days, deps: [upstream], materialize });
  expect(() => assetGraph([upstream, downstream])).toThrow(
    expect.objectContaining({
      code: "INFILL_MAPPING_INCOMPATIBLE",
      message: expect.stringMatching(/^Asset "days" depends on "regions"\. No mapping from /),
    }),
  );
});

test("accepts a chain of ten thousand assets", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    plain(`a${index}`, ...(index === 0 ? [] : [`a${index - 1}`])),
  );
  expect([...assetGraph(chain.toReversed()).assets.keys()].at(-1)).toBe("a9999");
});

test("selects by name, steps up and down, tag, and all", () => {
  const graph = assetGraph([
    plain("a"),
    plain("b", "a"),
    plain("c", "b"),
    asset({ name: "d", deps: ["c"], tags: ["finance"], materialize }),
  ]);
  const select = (text: string) => selectAssets(graph, text).join(" ");
  expect(select("b")).toBe("b");
  expect(select("b+")).toBe("b c d");
  expect(select("b+1")).toBe("b c");
  expect(select("+c")).toBe("a b c");
  expect(select("1+c")).toBe("b c");
  expect(select("tag:finance, a")).toBe("a d");
  expect(select("*")).toBe("a b c d");
});

test.each([
  ["", "INFILL_ASSET_SELECTION_INVALID"],
  ["a,,b", "INFILL_ASSET_SELECTION_INVALID"],
  ["a++", "INFILL_ASSET_SELECTION_INVALID"],
  ["tag:none", "INFILL_ASSET_SELECTION_INVALID"],
  ["x", "INFILL_ASSET_UNKNOWN"],
])("refuses the selection %j", (text, code) => {
  const graph = assetGraph([plain("a"), plain("b")]);
  expect(() => selectAssets(graph, text)).toThrow(expect.objectContaining({ code }));
});
