import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expensiveFunctions } from "./expensiveFunctions.ts";
import { redisCommandsOf } from "./redisCommands.ts";
import type { ShapeEngine } from "./shapeEngine.ts";
import type { Shape } from "./shapes/shape.ts";

/** Functions and commands that a table shows. */
const shown = 10;

/**
 * Runs a shape twice more: once with a profile of the planner and of each worker, which are written to a directory,
 * and once with the time of each command and script in Redis. Logs the dearest of each, by partition.
 */
export async function profileShape(
  engine: ShapeEngine,
  shape: Shape,
  about: number,
  directory: string,
  log: (line: string) => void,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const processes = new Map([
    ["planner", engine.planner],
    ...engine.workers.map((worker, index) => [`worker${index + 1}`, worker] as const),
  ]);
  const fileOf = (name: string) => join(resolve(directory), `${shape.name}-${name}.cpuprofile`);
  for (const [name, child] of processes) await child.ask(`profile ${fileOf(name)}`);
  const { partitions } = await engine.run(about);
  for (const [name, child] of processes) {
    await child.ask("profile end");
    log(`${shape.name}, ${name}: microseconds a partition of all processes`);
    const profile = JSON.parse(readFileSync(fileOf(name), "utf8"));
    for (const { name: place, us } of expensiveFunctions(profile, shown))
      log(`  ${(us / partitions).toFixed(1).padStart(7)}  ${place}`);
  }
  const commands = await redisCommandsOf(engine.redis, () => engine.run(about));
  log(
    `${shape.name}, Redis: microseconds and calls a partition (what scripts call is part of them)`,
  );
  for (const { name, us, calls } of commands.slice(0, shown))
    log(
      `  ${(us / partitions).toFixed(1).padStart(7)} ${(calls / partitions).toFixed(3).padStart(8)}  ${name}`,
    );
}
