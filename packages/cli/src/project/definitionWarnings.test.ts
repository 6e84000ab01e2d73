import { type AnyAsset, asset, project } from "@infill/core";
import {
  cronPartitions,
  daily,
  dynamicPartitions,
  minutely,
  multi,
  staticPartitions,
  unpartitioned,
} from "@infill/partitions";
import { expect, test } from "vitest";
import { definitionWarnings } from "./definitionWarnings.ts";

const nowMs = Date.UTC(2024, 5);

function assetOf(partitions: AnyAsset["partitions"]): AnyAsset {
  return asset({ name: "sales", partitions, materialize() {} });
}

function warningsOf(...partitions: AnyAsset["partitions"][]): string[] {
  const assets = partitions.map(assetOf);
  return definitionWarnings(project({ assets }), nowMs).map(({ text }) => text);
}

test("a project without assets is told so", () => {
  expect(warningsOf()).toEqual([
    "The project has no assets. Add one: project({ assets: [yourAsset] }).",
  ]);
});

test.each([
  ["daily", daily({ start: "2024-01-01" })],
  ["static", staticPartitions(["a"])],
  ["dynamic", dynamicPartitions({ name: "customers" })],
  ["none", unpartitioned],
])("usual partitions (%s) cause no warning", (_title, partitions) => {
  expect(warningsOf(partitions)).toEqual([]);
});

test.each(["2024-01-01", "2023-12-31"])("an end of %s is not after the start", (end) => {
  const partitions = daily({ start: "2024-01-01", end });
  expect(warningsOf(partitions)).toEqual([
    expect.stringMatching(/^Asset "sales" has no partitions: its end .* is not after its start /),
  ]);
});

test("an end on the start's day, some hours later, is after it", () => {
  const cron = "0 * * * *";
  const keyFormat = "%Y-%m-%d-%H:%M";
  const window = { cron, keyFormat, start: "2024-01-01", end: "2024-01-01T06:00" };
  expect(warningsOf(cronPartitions(window))).toEqual([]);
});

test("a cron with both day fields is explained", () => {
  const [text, ...others] = warningsOf(
    cronPartitions({ cron: "0 0 13 * 5", keyFormat: "%Y-%m-%d", start: "2024-01-01" }),
  );
  expect(text).toMatch(/^Asset "sales": the cron /);
  expect(text).toContain("0 0 13 * 5");
  expect(others).toEqual([]);
});

const regions = staticPartitions(["eu", "us", "jp"]);
const minutes = minutely({ minutes: 1, start: "2012-01-01" });

test("more partitions than an asset is tested with are counted", () => {
  const [text, ...others] = warningsOf(multi({ at: minutes, regions }));
  expect(text).toMatch(
    /^Asset "sales" has 19,\d{3},\d{3} partitions; one asset is tested with up to 10,000,000\. /,
  );
  expect(others).toEqual([]);
});

test("a dynamic dimension is said to be uncounted beside a large one", () => {
  const [text, ...others] = warningsOf(
    multi({
      at: minutely({ minutes: 1, start: "2000-01-01" }),
      customer: dynamicPartitions({ name: "customers" }),
    }),
  );
  expect(text).toMatch(
    /^Asset "sales" has 12,\d{3},\d{3} partitions for each key of "customers", whose keys are not counted; one asset is tested with up to /,
  );
  expect(others).toEqual([]);
});
