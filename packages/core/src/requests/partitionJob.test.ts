import { expect, test } from "vitest";
import {
  coversPartition,
  encodePartitionJob,
  type PartitionJob,
  partitionJobSchema,
} from "./partitionJob.ts";

const stored = {
  v: 1,
  b: "bf_01JD3K9V000000000000000000",
  a: "sales",
  l: "2.0",
  o: -4,
  n: 3,
  k: "1969-12-28|eu|small",
  t: 1_717_200_000_000,
};
const dynamic: [string, string][] = [["regions", "12"]];
const retry = { maxAttempts: 3, backoffMs: 1_000, maxBackoffMs: 60_000 };

test("the data of a job is read with its real names", () => {
  expect(partitionJobSchema.parse(stored)).toEqual({
    backfillId: "bf_01JD3K9V000000000000000000",
    asset: "sales",
    runs: [{ lane: "2.0", first: -4, length: 3 }],
    firstKey: "1969-12-28|eu|small",
    plannedMs: 1_717_200_000_000,
    dynamic: undefined,
    retry: undefined,
  } satisfies PartitionJob);
});

test.each([{}, { d: dynamic }, { r: retry }, { d: dynamic, r: retry }])(
  "a job is stored as version 1 stored it, with %j",
  (optional) => {
    const data = { ...stored, ...optional };
    const job = partitionJobSchema.parse(data);
    expect(encodePartitionJob(job)).toEqual(data);
  },
);

test("a job of several runs is stored with all of them, in their order", () => {
  const runs: PartitionJob["runs"] = [
    { lane: "2.0", first: -4, length: 1 },
    { lane: "0.1", first: 19_999, length: 40 },
    { lane: "", first: 7, length: 1 },
  ];
  const job = { ...partitionJobSchema.parse(stored), runs };
  const data = encodePartitionJob(job);
  expect(data).toMatchObject({ v: 2, s: "2.0:-4 0.1:ffj:14 :7" });
  expect(partitionJobSchema.parse(data)).toEqual(job);
});

test.each([
  "",
  "x:1",
  "1.0",
  "1.0:",
  "1.0:1:0",
  "1.0:zzzzzzzzz",
  "1.0:1:1:1",
  "1.0:1  1.0:2",
  Array.from({ length: 1_001 }, (_, at) => `:${at.toString(36)}`).join(" "),
  ":0:rs :1:1",
])("runs that no planner writes are refused: %j", (s) => {
  const { l: _l, o: _o, n: _n, ...fields } = stored;
  expect(partitionJobSchema.safeParse({ ...fields, v: 2, s })).toMatchObject({ success: false });
});

test("a job covers the partitions of its runs, from the first to the last", () => {
  const job = partitionJobSchema.parse(stored);
  const covered = [-5, -4, -3, -2, -1].filter((ordinal) => coversPartition(job, "2.0", ordinal));
  expect(covered).toEqual([-4, -3, -2]);
  expect(coversPartition(job, "2", -4)).toBe(false);
});
