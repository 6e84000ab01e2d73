import { PlainQueue } from "./plainQueue.ts";
import { median } from "./processes/median.ts";
import { ShapeEngine, type ShapeRun } from "./shapeEngine.ts";
import type { Shape } from "./shapes/shape.ts";

/** Worker processes of each side, and what each of them runs at a time. */
export const workers = 2;
export const concurrency = 50;

export interface ShapeRoundsOptions {
  readonly redisUrl: string;
  readonly shape: Shape;
  /** About how many partitions a round runs. */
  readonly partitions: number;
  /** How many jobs of plain BullMQ run beside them. */
  readonly jobs: number;
  readonly rounds: number;
  readonly log: (line: string) => void;
  /** Called with the engine after the last round. */
  readonly afterwards?: (engine: ShapeEngine) => Promise<void>;
}

/** Medians over the rounds. Microseconds are of the processor, by partition. */
export interface ShapeFigures {
  /** Partitions a second; where each takes several executions, these. */
  readonly infillPerSecond: number;
  readonly bullmqPerSecond: number;
  readonly redisUs: number;
  readonly workerUs: number;
  readonly plannerUs: number;
}

/**
 * Runs a shape and as many jobs of plain BullMQ in turn. Both have one producing process and the same workers. A small
 * round of each goes before and does not count.
 */
export async function measureShape(options: ShapeRoundsOptions): Promise<ShapeFigures> {
  const { redisUrl, shape, partitions, jobs, rounds, log, afterwards } = options;
  const namespace = `bench${process.pid}-${shape.name}`;
  const sides = { redisUrl, workers, concurrency };
  const [engine, plain] = await Promise.all([
    ShapeEngine.start({ ...sides, namespace, shape }),
    PlainQueue.start({ ...sides, name: `${namespace}-plain`, jobMs: shape.functionMs }),
  ]);
  try {
    await engine.run(Math.ceil(partitions / 10));
    await plain.run(Math.ceil(jobs / 10));
    const runs: ShapeRun[] = [];
    const plainPerSecond: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const run = await engine.run(partitions);
      const perSecond = (jobs * 1_000) / (await plain.run(jobs));
      log(
        `${shape.name}, round ${round}: Infill ${Math.round(perSecondOf(run))}/s, BullMQ ${Math.round(perSecond)}/s`,
      );
      runs.push(run);
      plainPerSecond.push(perSecond);
    }
    await afterwards?.(engine);
    const each = (figure: (run: ShapeRun) => number) => median(runs.map(figure));
    return {
      infillPerSecond: each(perSecondOf),
      bullmqPerSecond: median(plainPerSecond),
      redisUs: each((run) => run.redisUs / run.partitions),
      workerUs: each((run) => run.workerUs / run.partitions),
      plannerUs: each((run) => run.plannerUs / run.partitions),
    };
  } finally {
    await Promise.all([engine.close(), plain.close()]);
  }
}

function perSecondOf({ executions, ms }: ShapeRun): number {
  return (executions * 1_000) / ms;
}
