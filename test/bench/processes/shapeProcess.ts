import { createInterface } from "node:readline";
import { startPlanner } from "@infill/planner";
import { startWorker } from "@infill/worker";
import { shapeNamed, shapeProject } from "../shapes/allShapes.ts";
import type { ShapeContext } from "../shapes/shape.ts";
import { ProcessorProfile } from "./processorProfile.ts";
import { settingOf } from "./settings.ts";

/**
 * One planner or worker process of a shape. Says `ready`, ends on SIGTERM, and answers:
 *
 * - `spent`: microseconds of processor (user and system) that this process ever used, and how many functions it called
 * - `profile <file>`: begins a profile of the processor, and writes it at the next `profile end`
 */
const shape = shapeNamed(settingOf("BENCH_SHAPE"));
const profile = new ProcessorProfile();
let calls = 0;
const materialize = (context: ShapeContext) => {
  calls++;
  return shape.run(context);
};
const options = {
  project: shapeProject(settingOf("BENCH_NAMESPACE"), shape, materialize),
  redisUrl: settingOf("REDIS_URL"),
};
const running =
  settingOf("BENCH_ROLE") === "planner"
    ? await startPlanner(options)
    : await startWorker({ ...options, concurrency: Number(settingOf("BENCH_CONCURRENCY")) });

function answerTo(question: string): string | Promise<string> {
  if (question === "spent") {
    const { user, system } = process.cpuUsage();
    return `${user + system} ${calls}`;
  }
  const file = question.slice("profile ".length);
  return file === "end" ? profile.end() : profile.begin(file);
}

process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
createInterface({ input: process.stdin }).on(
  "line",
  (question) =>
    void Promise.resolve(answerTo(question)).then((answer) => console.log(`${question} ${answer}`)),
);
console.log("ready");
