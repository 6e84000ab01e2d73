import { runFolder } from "./runFolder.ts";

/**
 * The command behind `npm run conformance -- DIR…`: a line for each failure and, last, `N passed, N failed`.
 * The exit code is 1 if any failed.
 */
let passed = 0;
let failed = 0;
for (const folder of process.argv.slice(2)) {
  const verdict = runFolder(folder);
  for (const failure of verdict.failures) console.log(failure);
  passed += verdict.passed;
  failed += verdict.failures.length;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
