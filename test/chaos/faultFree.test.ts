import { expect, test } from "vitest";
import type { Fault } from "./fault.ts";
import { FaultFree } from "./faultFree.ts";
import type { FaultReport } from "./runFault.ts";

const fault: Fault = {
  ...{ id: "F1", what: "a worker dies", promises: [], invariants: [] },
  inject: async () => {},
};

/** A report of a run whose processes had so much memory at the most. */
function report(id: string, peakRssMb: number, violations: string[] = []): FaultReport {
  return {
    ...{ fault: id, what: id, seed: "1", partitions: 500, violations },
    figures: { peakRssMb },
  };
}

/** Runs without a fault that need so much memory, by fault; each that was asked for is noted. */
function faultFree(peaks: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const runs = new FaultFree({ seed: "1", partitions: 500 }, async ({ id }) => {
    asked.push(id);
    return report(id, peaks[id] ?? 0);
  });
  return { runs, asked };
}

test("memory within 1.2 times that of the standard scenario is in order, and that scenario runs once for all faults", async () => {
  const { runs, asked } = faultFree({ F0: 100 });
  expect(await runs.memory(fault, report("F1", 120))).toEqual([]);
  expect(await runs.memory({ ...fault, id: "F2" }, report("F2", 101))).toEqual([]);
  expect(asked).toEqual(["F0"]);
});

test("a scenario that needs more by itself is compared with itself", async () => {
  const { runs, asked } = faultFree({ F0: 100, F1: 130 });
  expect(await runs.memory(fault, report("F1", 150))).toEqual([]);
  expect(asked).toEqual(["F0", "F1"]);
});

test("memory that only the fault explains is a violation", async () => {
  const { runs, asked } = faultFree({ F0: 100, F1: 110 });
  expect(await runs.memory(fault, report("F1", 140))).toEqual([
    "I15: a process had 140 MB, more than 1.2 times the 110 MB of 3 runs without the fault",
  ]);
  expect(asked).toEqual(["F0", "F1", "F1", "F1"]);
});

test("what is violated without a fault is told of", async () => {
  const runs = new FaultFree({ seed: "1", partitions: 500 }, async ({ id }) =>
    report(id, 100, ["I1: a partition has two outcomes"]),
  );
  expect(await runs.memory(fault, report("F1", 100))).toEqual([
    "without the fault I1: a partition has two outcomes",
  ]);
});
