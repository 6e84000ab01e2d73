import { faults } from "./faults/index.ts";
import { type FaultReport, runFault } from "./runFault.ts";
import { chaosArguments } from "./chaosArguments.ts";

const usage = `npm run chaos -- [--faults F1,F2,…] [--seed S] [--partitions N] [--seeds N] [--concurrency N] [--baseline] [--json]
`;

/**
 * What `npm run chaos` does: runs faults one after another, each on a Redis of its own, and judges what is left.
 *
 * @returns the exit code: 0 where every invariant holds, 1 where one does not, 2 for arguments that make no sense
 */
export async function main(argv: readonly string[]): Promise<number> {
  const parsed = chaosArguments(
    argv,
    faults.map(({ id }) => id),
  );
  const log = parsed.json ? console.error : console.log;
  if ("wrong" in parsed) {
    console.error(parsed.wrong);
    return 2;
  }
  if (parsed.faults.length === 0) {
    log(usage);
    for (const { id, what } of faults) log(`  ${id.padEnd(4)} ${what}`);
    return 0;
  }
  let failed = 0;
  for (let turn = 0; turn < parsed.seeds; turn++) {
    const seed = parsed.seeds === 1 ? parsed.seed : `${parsed.seed}.${turn}`;
    for (const fault of faults) {
      if (!parsed.faults.includes(fault.id)) continue;
      const options = {
        seed,
        partitions: parsed.partitions,
        log,
        ...(parsed.concurrency === undefined ? {} : { concurrency: parsed.concurrency }),
      };
      log(`\n${fault.id}: ${fault.what} (seed ${seed}, ${parsed.partitions} partitions)`);
      const report = await runFault(fault, options);
      const figures = { ...report.figures };
      if (parsed.baseline) {
        const { figures: without } = await runFault(fault, { ...options, isBaseline: true });
        figures["overFaultFreeMs"] = (figures["totalMs"] ?? 0) - (without["totalMs"] ?? 0);
      }
      tell({ ...report, figures }, parsed.json, log);
      if (report.violations.length > 0) failed++;
    }
  }
  return failed === 0 ? 0 : 1;
}

function tell(report: FaultReport, json: boolean, log: (line: string) => void): void {
  for (const violation of report.violations) log(`  VIOLATED ${violation}`);
  log(
    `  ${Object.entries(report.figures)
      .map(([name, value]) => `${name} ${value}`)
      .join("  ")}`,
  );
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
}
