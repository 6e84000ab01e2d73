import { expect, test } from "vitest";
import { lateSettlements } from "./lateSettlements.ts";

const line = (backfill: string) =>
  JSON.stringify({
    level: "warn",
    message: "a settlement came too late; the partition has another claim now",
    ...{ backfill, asset: "source", partition: "2001-01-01", attempt: 1 },
  });
const name = "bf_A source 2001-01-01";
const known = { judged: new Set(["bf_A"]), started: new Set([name]) };

test("what a worker was refused stands in the stream as refused, as often", () => {
  const logs = [`ready\n${line("bf_A")}\n`];
  expect(lateSettlements({ ...known, logs, marked: [name] })).toEqual([]);
  expect(lateSettlements({ ...known, logs, marked: [] })).toEqual([
    `${name} was refused a settlement 1 times, and the stream tells of 0`,
  ]);
  expect(lateSettlements({ ...known, logs: [...logs, ...logs], marked: [name] })).toHaveLength(1);
});

test("a backfill that Redis has lost is not judged", () => {
  expect(lateSettlements({ ...known, logs: [line("bf_lost")], marked: [] })).toEqual([]);
});

test("what never started cannot be refused", () => {
  expect(lateSettlements({ ...known, logs: [], started: new Set(), marked: [name] })).toEqual([
    `${name} was refused a settlement and never started`,
  ]);
});
