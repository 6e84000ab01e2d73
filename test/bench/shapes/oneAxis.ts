import { setTimeout as delay } from "node:timers/promises";
import { asset, type BackfillRequest } from "@infill/core";
import { hourly, minutely } from "@infill/partitions";
import { everyOtherHalfHourText, firstDay, hoursText } from "./calendar.ts";
import { doNothing, type Shape, type ShapeContext } from "./shape.ts";

const slowMs = 20;

/** Backfills of one hourly asset. */
export const oneAxisShapes: readonly Shape[] = [
  hoursShape("single", "neighboring hours of one asset"),
  {
    name: "scattered",
    what: "every other half hour of one asset",
    executions: 1,
    functionMs: 0,
    run: doNothing,
    assets: (materialize) => [
      asset({
        name: "halfHours",
        // The pattern in the text is compared with every key, so that there are not more of them than needed.
        partitions: minutely({ minutes: 30, start: firstDay, end: "1925-01-01" }),
        materialize,
      }),
    ],
    backfill: (about) => ({
      request: { assets: "halfHours", partitions: everyOtherHalfHourText(about) },
      partitions: about,
    }),
  },
  hoursShape("metadata", "each function returns metadata", {
    run: async () => ({ metadata: { rows: 1_234, source: "orders", isComplete: true } }),
  }),
  hoursShape("capped", "at most 20 in progress at once", { request: { concurrency: 20 } }),
  hoursShape("flaky", "each fails once, then succeeds; the ratio is of executions", {
    executions: 2,
    run: failOnce,
    request: { retry: { maxAttempts: 2, backoffMs: 100 } },
  }),
  hoursShape("onePerJob", "one partition a job", { request: { maxPartitionsPerRun: 1 } }),
  hoursShape("slow20ms", "functions of 20 ms, against jobs of 20 ms", {
    functionMs: slowMs,
    run: () => delay(slowMs),
  }),
];

interface HoursOptions extends Partial<Pick<Shape, "executions" | "functionMs" | "run">> {
  readonly request?: Partial<BackfillRequest>;
}

function hoursShape(name: string, what: string, options: HoursOptions = {}): Shape {
  const { executions = 1, functionMs = 0, run = doNothing, request } = options;
  return {
    name,
    what,
    executions,
    functionMs,
    run,
    assets: (materialize) => [
      asset({ name: "hours", partitions: hourly({ start: firstDay }), materialize }),
    ],
    backfill: (about) => ({
      request: { assets: "hours", partitions: hoursText(about), ...request },
      partitions: about,
    }),
  };
}

async function failOnce({ attempt }: ShapeContext): Promise<void> {
  if (attempt === 1) throw new Error("The first attempt fails");
}
