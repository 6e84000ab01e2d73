import { PlainQueue } from "./plainQueue.ts";
import { median } from "./processes/median.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { ShapeEngine } from "./shapeEngine.ts";
import { shapeNamed } from "./shapes/allShapes.ts";

const rounds = 5;
const workers = 2;

/**
 * No-op partitions with full state against no-op jobs of plain BullMQ: one producing process (planner, producer) and two
 * worker processes each, the same concurrency, taking turns. From submit to the last settlement, and from the first
 * add to the last completion.
 */
export const scenario: Scenario = {
  name: "fanout",
  description:
    "no-op partitions a second, against plain BullMQ  [--partitions N] [--concurrency N]",
  async run({ redisUrl, args, log }) {
    const partitions = numberArgument(args, "--partitions", 20_000);
    const concurrency = numberArgument(args, "--concurrency", 50);
    const namespace = `bench${process.pid}`;
    const sides = { redisUrl, workers, concurrency };
    const [engine, plain] = await Promise.all([
      ShapeEngine.start({ ...sides, namespace, shape: shapeNamed("single") }),
      PlainQueue.start({ ...sides, name: `${namespace}-plain`, jobMs: 0 }),
    ]);
    const measures = { infill: [] as number[], bullmq: [] as number[] };
    try {
      for (let round = 0; round <= rounds; round++) {
        const { ms: infillMs } = await engine.run(partitions);
        const bullmqMs = await plain.run(partitions);
        const perSecond = [infillMs, bullmqMs].map((ms) => Math.round((partitions * 1_000) / ms));
        log(
          `${round === 0 ? "warm-up" : `round ${round}`}: Infill ${perSecond[0]}/s, BullMQ ${perSecond[1]}/s`,
        );
        if (round === 0) continue;
        measures.infill.push(infillMs);
        measures.bullmq.push(bullmqMs);
      }
    } finally {
      await Promise.all([engine.close(), plain.close()]);
    }
    const infillPerSecond = (partitions * 1_000) / median(measures.infill);
    const bullmqPerSecond = (partitions * 1_000) / median(measures.bullmq);
    return { infillPerSecond, bullmqPerSecond, ratio: infillPerSecond / bullmqPerSecond };
  },
};
