import { runFolder } from "./runFolder.ts";

/**
 * The command behind `npm run conformance -- DIR…`: a line for each failure, one for each decision by which vectors
 * differ (`6 differ by decision, ADR 0106`) and, last, `N passed, N failed`.
 * The exit code is 1 if any failed.
 */
let passed = 0;
let failed = 0;
const decided = new Map<string, number>();
for (const folder of process.argv.slice(2)) {
  const verdict = runFolder(folder);
  for (const failure of verdict.failures) console.log(failure);
  for (const adr of verdict.decided) decided.set(adr, (decided.get(adr) ?? 0) + 1);
  passed += verdict.passed;
  failed += verdict.failures.length;
}
for (const [adr, count] of decided) console.log(`${count} differ by decision, ADR ${adr}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
