import { expect, test } from "vitest";
import { addCounts, countLine, countsOfReport } from "./testCounts.mjs";

/** @param {object} more */
const report = (more) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...more,
});

test("a clean run counts what it says", () => {
  expect(countsOfReport(report({ numPendingTests: 1, numTodoTests: 1 }), 0)).toEqual({
    passed: 3,
    failed: 0,
    skipped: 2,
  });
});

test("a file that can't be loaded is a failure, beside the tests that failed", () => {
  const testResults = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] },
    { status: "passed", assertionResults: [{ status: "passed" }] },
  ];
  expect(countsOfReport(report({ numFailedTests: 1, testResults }), 1).failed).toBe(2);
});

test("no report, and a failure that no test has, are one failure", () => {
  expect(countsOfReport(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countsOfReport(report({}), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test("the last line names what was skipped only if something was", () => {
  const counts = addCounts([
    { passed: 1, failed: 0, skipped: 0 },
    { passed: 2, failed: 1, skipped: 0 },
  ]);
  expect(countLine(counts)).toBe("3 passed, 1 failed");
  expect(countLine({ ...counts, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
