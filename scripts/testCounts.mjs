/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * The counts of a vitest run. What fails without being a test (a file that can't be loaded, an error after the
 * tests) counts as one failure each, so that no failure hides behind passed tests.
 *
 * @param {any} report vitest's JSON report; undefined if it wrote none
 * @param {number} exitCode of vitest
 * @returns {Counts}
 */
export function countsOfReport(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const unloadable = report.testResults.filter(
    (/** @type {any} */ file) =>
      file.status === "failed" &&
      !file.assertionResults.some((/** @type {any} */ test) => test.status === "failed"),
  ).length;
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export function addCounts(all) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/**
 * The line that `npm test` ends with.
 *
 * @param {Counts} counts
 */
export function countLine({ passed, failed, skipped }) {
  const text = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? text : `${text}, ${skipped} skipped`;
}
