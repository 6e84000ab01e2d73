import type { Fault } from "./fault.ts";
import { allInvariants } from "./invariants/index.ts";
import { type FaultReport, runFault, type RunOptions } from "./runFault.ts";

/** What a fault may need of memory, over a run without it (I15). */
const mostMemory = 1.2;

/** The same run has more memory one time and less another, as garbage is collected; so often its own scenario is run at the most. */
const mostRuns = 3;

/** Nothing breaks: what the others are compared with. */
const nothing: Fault = {
  id: "F0",
  what: "nothing breaks",
  promises: [],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 4_000 }),
  inject: async () => {},
};

/** Runs without a fault, each at most once, for as long as the options are the same. */
export class FaultFree {
  readonly #options: RunOptions;
  readonly #run: typeof runFault;
  readonly #runs = new Map<string, Promise<FaultReport>>();

  /** @param run how a fault is run */
  constructor(options: RunOptions, run: typeof runFault = runFault) {
    this.#options = options;
    this.#run = run;
  }

  /** A run of a fault's own scenario without the fault; the first, or another. */
  of(fault: Fault, which = 0): Promise<FaultReport> {
    const name = `${fault.id} ${which}`;
    let run = this.#runs.get(name);
    if (run === undefined) {
      run = this.#run(fault, { ...this.#options, isBaseline: true });
      this.#runs.set(name, run);
    }
    return run;
  }

  /**
   * Whether a fault left processes with more memory than they have without it. The standard scenario is what it is compared
   * with first; where it takes more than that, its own scenario decides, which may need more by itself.
   *
   * @returns a sentence for each violation
   */
  async memory(fault: Fault, report: FaultReport): Promise<string[]> {
    const mb = report.figures["peakRssMb"] ?? 0;
    let most = 0;
    for (let turn = 0; turn <= mostRuns; turn++) {
      const without = await (turn === 0 ? this.of(nothing) : this.of(fault, turn - 1));
      if (without.violations.length > 0)
        return without.violations.map((wrong) => `without the fault ${wrong}`);
      most = Math.max(most, without.figures["peakRssMb"] ?? 0);
      if (mb <= mostMemory * most) return [];
    }
    return [
      `I15: a process had ${mb} MB, more than ${mostMemory} times the ${most} MB of ${mostRuns} runs without the fault`,
    ];
  }
}
