import type { Scenario } from "./scenario.ts";
import { namesArgument, numberArgument, textArgument } from "./scenarioArguments.ts";
import { measureShape, type ShapeFigures } from "./shapeRounds.ts";
import { profileShape } from "./shapeProfile.ts";
import { measuredShapes } from "./shapes/allShapes.ts";

/**
 * Every shape of work against plain BullMQ: partitions (or executions) a second as a ratio to its jobs, and what a
 * partition costs of the processor in Redis, in the workers and in the planner.
 */
export const scenario: Scenario = {
  name: "shapes",
  description:
    "each kind of backfill against plain BullMQ, with processor time by process " +
    "[--partitions 50000] [--rounds 5] [--only tenants,cube] [--profile DIRECTORY]",
  async run({ redisUrl, args, log }) {
    const partitions = numberArgument(args, "--partitions", 50_000);
    const rounds = numberArgument(args, "--rounds", 5);
    const names = measuredShapes.map(({ name }) => name);
    const only = namesArgument(args, "--only", names);
    const directory = textArgument(args, "--profile");
    const metrics: Record<string, number> = {};
    const rows = [
      shapeRow("shape", ["Infill/s", "BullMQ/s", "ratio", "Redis", "workers", "planner"]),
    ];
    for (const shape of measuredShapes) {
      if (!only.includes(shape.name)) continue;
      log(`${shape.name}: ${shape.what}`);
      const figures = await measureShape({
        redisUrl,
        shape,
        partitions,
        jobs: partitions,
        rounds,
        log,
        ...(directory === undefined
          ? {}
          : { afterwards: (engine) => profileShape(engine, shape, partitions, directory, log) }),
      });
      Object.assign(metrics, metricsOf(shape.name, figures));
      rows.push(figuresRow(shape.name, figures));
    }
    log("microseconds of processor a partition:");
    for (const row of rows) log(row);
    return metrics;
  },
};

function metricsOf(name: string, figures: ShapeFigures): Record<string, number> {
  return {
    [name]: figures.infillPerSecond / figures.bullmqPerSecond,
    [`${name}RedisUs`]: figures.redisUs,
    [`${name}WorkerUs`]: figures.workerUs,
    [`${name}PlannerUs`]: figures.plannerUs,
  };
}

function figuresRow(name: string, figures: ShapeFigures): string {
  const { infillPerSecond, bullmqPerSecond, redisUs, workerUs, plannerUs } = figures;
  const whole = [redisUs, workerUs, plannerUs].map((us) => us.toFixed(0));
  return shapeRow(name, [
    infillPerSecond.toFixed(0),
    bullmqPerSecond.toFixed(0),
    (infillPerSecond / bullmqPerSecond).toFixed(2),
    ...whole,
  ]);
}

function shapeRow(name: string, cells: readonly string[]): string {
  return name.padEnd(14) + cells.map((cell) => cell.padStart(10)).join("");
}
