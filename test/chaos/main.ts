import { redisServerProgram } from "@infill/test-support";
import { chaosArguments, type ChaosArguments } from "./chaosArguments.ts";
import type { Fault } from "./fault.ts";
import { FaultFree } from "./faultFree.ts";
import { faults } from "./faults/index.ts";
import { markdownTable } from "./markdown.ts";
import { type FaultReport, runFault, type RunOptions } from "./runFault.ts";

const usage = `npm run chaos -- [--faults F1,F2,… | --faults all] [--seed S] [--partitions N] [--seeds N] [--concurrency N] [--baseline] [--json | --markdown]
`;

/**
 * What `npm run chaos` does: runs faults one after another, each on a Redis of its own, and judges what is left. With
 * `--json` standard output has one report a line and nothing else.
 *
 * @returns the exit code: 0 where every invariant holds, 1 where one does not, 2 for arguments that make no sense
 */
export async function main(argv: readonly string[]): Promise<number> {
  const parsed = chaosArguments(
    argv,
    faults.map(({ id }) => id),
  );
  if ("wrong" in parsed) {
    console.error(parsed.wrong);
    return 2;
  }
  const log = parsed.json || parsed.markdown ? console.error : console.log;
  if (parsed.faults.length === 0) {
    console.log(usage);
    for (const { id, what } of faults) console.log(`  ${id.padEnd(4)} ${what}`);
    return 0;
  }
  try {
    redisServerProgram();
  } catch {
    console.error(
      "Neither redis-server nor valkey-server is on the PATH: install one of them, since each fault breaks a server of its own.",
    );
    return 1;
  }
  log(`seed ${parsed.seed}`);
  const reports: FaultReport[] = [];
  for (let turn = 0; turn < parsed.seeds; turn++) {
    const options = {
      seed: parsed.seeds === 1 ? parsed.seed : `${parsed.seed}.${turn}`,
      partitions: parsed.partitions,
      log,
      ...(parsed.concurrency === undefined ? {} : { concurrency: parsed.concurrency }),
    };
    const faultFree = new FaultFree(options);
    for (const fault of faults) {
      if (!parsed.faults.includes(fault.id)) continue;
      const report = await runAndJudge(fault, options, faultFree, parsed);
      reports.push(report);
      if (parsed.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    }
  }
  if (parsed.markdown) process.stdout.write(markdownTable(reports));
  const failed = reports.filter(({ violations }) => violations.length > 0);
  for (const { fault, seed } of failed)
    log(
      `VIOLATED by ${fault}: npm run chaos -- --faults ${fault} --seed ${seed} --partitions ${parsed.partitions}`,
    );
  return failed.length === 0 ? 0 : 1;
}

async function runAndJudge(
  fault: Fault,
  options: RunOptions & { readonly log: (line: string) => void },
  faultFree: FaultFree,
  { baseline }: ChaosArguments,
): Promise<FaultReport> {
  const { seed, partitions, log } = options;
  log(`\n${fault.id}: ${fault.what} (seed ${seed}, ${partitions} partitions)`);
  const ran = await runOrReport(fault, options);
  const figures = { ...ran.figures };
  const violations = [...ran.violations];
  if (figures["totalMs"] !== undefined) {
    violations.push(...(await faultFree.memory(fault, ran)));
    if (baseline) {
      const without = await faultFree.of(fault);
      figures["overFaultFreeMs"] = figures["totalMs"] - (without.figures["totalMs"] ?? 0);
      violations.push(...without.violations.map((wrong) => `without the fault ${wrong}`));
    }
  }
  for (const violation of violations) log(`  VIOLATED ${violation}`);
  log(
    `  ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join("  ")}`,
  );
  return { ...ran, violations, figures };
}

/** A run that breaks off is a violation too: others still run, and the report says which it was. */
async function runOrReport(fault: Fault, options: RunOptions): Promise<FaultReport> {
  try {
    return await runFault(fault, options);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      ...{ fault: fault.id, what: fault.what, seed: options.seed },
      partitions: options.partitions,
      violations: [`the run broke off: ${why}`],
      figures: {},
    };
  }
}
