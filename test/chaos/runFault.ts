import { UnknownBackfillError } from "@infill/state";
import { gatherEvidence } from "./evidence.ts";
import type { Fault } from "./fault.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { leastFaultMs } from "./independentRate.ts";
import { invariants } from "./invariants/index.ts";
import { Scenario, standardScenario } from "./scenario.ts";

/** What one run of a fault showed. */
export interface FaultReport {
  readonly fault: string;
  readonly what: string;
  readonly seed: string;
  readonly partitions: number;
  /** A sentence each, the invariant's id first; empty where everything holds. */
  readonly violations: readonly string[];
  readonly figures: Figures;
}

export interface RunOptions {
  readonly seed: string;
  readonly partitions: number;
  /** Slots of one worker, where the fault does not say so itself; fewer on a small machine. */
  readonly concurrency?: number;
  readonly log?: (line: string) => void;
  /** Leaves the fault out, to measure what it costs. */
  readonly isBaseline?: boolean;
}

/** How long a backfill may take from the fault's end, in milliseconds, before it counts as stuck. */
const endTimeoutMs = 60_000;

/** Runs a scenario, breaks it, waits for its end, and judges it. */
export async function runFault(fault: Fault, options: RunOptions): Promise<FaultReport> {
  const { partitions, log = () => {} } = options;
  const scenario = await Scenario.start(
    {
      ...standardScenario,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...fault.scenario?.(partitions),
      seed: `${options.seed} ${fault.id}`,
      partitions,
    },
    log,
  );
  try {
    await fault.prepare?.(scenario, options.isBaseline === true);
    if (scenario.options.hasIndependent) await scenario.submitIndependent();
    if (fault.sparesIndependent === true) await scenario.independentIsUnderWay();
    const ids = await (fault.submit ?? submitDiamond)(scenario);
    scenario.faultStartMs = Date.now();
    // Without the fault nobody else tells them.
    if (options.isBaseline === true) scenario.tellToFail();
    else {
      await scenario.progress(0.25, await selectedBy(scenario, ids));
      scenario.faultStartMs = Date.now();
      await fault.inject(scenario, ids);
    }
    scenario.faultEndMs = Date.now();
    // The independent asset's comes last: faults look at their own by place.
    const acknowledged = new Set(scenario.acknowledgements.map(({ backfillId }) => backfillId));
    const { independentId } = scenario;
    if (independentId !== undefined && acknowledged.delete(independentId))
      acknowledged.add(independentId);
    const judged: string[] = [];
    const lost: string[] = [];
    for (const id of acknowledged) ((await exists(scenario, id)) ? judged : lost).push(id);
    const deadlineMs = Date.now() + endTimeoutMs;
    for (const id of judged) {
      if (id === independentId) await hurry(scenario, fault);
      await scenario.ended(id, Math.max(1_000, deadlineMs - Date.now()));
    }
    const evidence = await gatherEvidence(scenario, {
      ...{ judged, lost },
      faultSparesIndependent: fault.sparesIndependent === true && options.isBaseline !== true,
    });
    const violations: string[] = [];
    for (const invariant of invariants) {
      if (!fault.invariants.includes(invariant.id)) continue;
      for (const wrong of await invariant.check(evidence))
        violations.push(`${invariant.id}: ${wrong}`);
    }
    for (const { id, detail } of evidence.backfills) {
      // Without the fault nobody mends what fails, either.
      const isAny =
        fault.outcome === "any" ||
        (options.isBaseline === true && scenario.settings.failing.length > 0);
      const mayEndOtherwise = isAny && id !== independentId;
      if (mayEndOtherwise || detail.status === "succeeded") continue;
      violations.push(`${fault.id}: ${id} is ${detail.status}: ${JSON.stringify(detail.failures)}`);
    }
    if (options.isBaseline !== true)
      for (const wrong of (await fault.check?.(evidence)) ?? [])
        violations.push(`${fault.id}: ${wrong}`);
    if (violations.length > 0) for (const line of scenario.tail()) log(line);
    return {
      ...{ fault: fault.id, what: fault.what, seed: options.seed, violations },
      partitions,
      figures: { ...figuresOf(evidence), ...fault.figures?.(evidence) },
    };
  } finally {
    await scenario.close();
  }
}

/** The diamond, and the bystander that shares its workers. */
export async function submitDiamond(scenario: Scenario): Promise<string[]> {
  const retry = { maxAttempts: 3, backoffMs: 50 };
  return [
    await scenario.submit({ assets: "source+", retry }),
    await scenario.submit({ assets: "bystander", retry }),
  ];
}

/** Lets the independent asset come to its end once its rate is known. */
async function hurry(scenario: Scenario, { sparesIndependent }: Fault): Promise<void> {
  const measuredMs = scenario.faultStartMs + leastFaultMs;
  if (sparesIndependent === true) await scenario.waitOut(Math.max(0, measuredMs - Date.now()));
  scenario.hurryIndependent();
}

async function exists(scenario: Scenario, id: string): Promise<boolean> {
  try {
    await scenario.client.backfills.get(id);
    return true;
  } catch (error) {
    if (error instanceof UnknownBackfillError) return false;
    throw error;
  }
}

/** How many partitions some backfills select together, each once where they overlap. */
async function selectedBy(scenario: Scenario, ids: readonly string[]): Promise<number> {
  const most = new Map<string, number>();
  for (const id of ids)
    for (const { asset, counts } of (await scenario.client.backfills.get(id)).byAsset)
      most.set(asset, Math.max(counts.selected, most.get(asset) ?? 0));
  return [...most.values()].reduce((sum, count) => sum + count, 0);
}
