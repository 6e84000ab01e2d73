import { expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import { sampleGaps, samplePreview } from "../testing/samples.ts";
import { testServices } from "../testing/testServices.ts";
import { warningLines } from "./warningLines.ts";

const names = Array.from({ length: 50 }, (_, index) => `asset_${index}`);
const warnings = [
  ...names.map((name) => `"${name}" reads "raw", of which 2024-01-01 is not materialized.`),
  'No worker serves pool "default" now: its partitions wait until one starts.',
];
const preview = {
  ...samplePreview,
  warnings,
  warningKinds: [
    { kind: "missing_upstream" as const, count: 50 },
    { kind: "no_worker" as const, count: 1 },
  ],
};
const services = testServices({
  backfills: { preview: async () => preview, create: async () => ({ id: "bf_1", preview }) },
});
const count = "47 more like these 3, 50 in all; --verbose or --json lists them.";

function linesAbout(text: string, pattern: RegExp): string[] {
  return text.split("\n").filter((line) => pattern.test(line));
}

test.each([
  ["preview", ["backfill", "create", "*", "--dry-run"]],
  ["create", ["backfill", "create", "*"]],
  ["gaps", ["gaps", "--fix"]],
])("%s tells three warnings of a kind, and how many more there are", async (_title, argv) => {
  const run = await runTest(argv, { services });
  const text = run.out + run.err;
  expect(run.exitCode).toBe(0);
  expect(linesAbout(text, /reads "raw"/)).toHaveLength(3);
  expect(text).toContain(count);
  expect(text).toContain('No worker serves pool "default"');
  const verbose = await runTest([...argv, "--verbose"], { services });
  expect(linesAbout(verbose.out + verbose.err, /reads "raw"/)).toHaveLength(50);
  const json = await runTest([...argv, "--json"], { services });
  const object = JSON.parse(json.out);
  expect((object.preview ?? object).warnings).toEqual(warnings);
});

test("a preview on a terminal, before its question, tells three of a kind too", async () => {
  const { err } = await runTest(["backfill", "create", "*"], {
    services,
    columns: 200,
    answers: ["n"],
  });
  expect(linesAbout(err, /reads "raw"/)).toHaveLength(3);
  expect(err).toContain(count);
});

test("gaps that no mapping leads to are told three at a time", async () => {
  const unreached = testServices({
    assets: {
      findGaps: async () => ({
        ...sampleGaps,
        assets: sampleGaps.assets
          .slice(0, 1)
          .flatMap((each) => names.map((asset) => ({ ...each, asset, partitions: 9 }))),
      }),
    },
    backfills: {
      preview: async () => ({
        ...samplePreview,
        assets: samplePreview.assets
          .slice(0, 1)
          .flatMap((each) => names.map((asset) => ({ ...each, asset, toRun: 0 }))),
      }),
    },
  });
  const { err } = await runTest(["gaps", "--fix", "-q"], { services: unreached });
  expect(linesAbout(err, /read no existing/)).toHaveLength(3);
  expect(err).toContain(count);
});

test("check tells three pools without a worker, and how many more there are", async () => {
  const idle = testServices({
    pools: {
      list: async () =>
        names.map((pool) => ({
          pool,
          workers: 0,
          slots: 0,
          active: 0,
          waiting: 0,
          delayed: 0,
          overrun: 0,
          overruns: [],
          assets: [],
        })),
    },
  });
  const { err } = await runTest(["check"], { services: idle });
  expect(linesAbout(err, /No worker serves/)).toHaveLength(3);
  expect(err).toContain(count);
  const { out } = await runTest(["check", "--json"], { services: idle });
  expect(JSON.parse(out).warnings).toHaveLength(51);
  expect(JSON.parse(out).warnings[1]).toContain('the pool "asset_0"');
});

test("four of a kind are all written, since the count would take a line too", () => {
  const four = ["a", "b", "c", "d"].map((text) => ({ kind: "k", text }));
  expect(warningLines(four, false)).toEqual(["a", "b", "c", "d"]);
});
