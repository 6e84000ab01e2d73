import { z } from "zod";
import { countSchema, instantSchema } from "./answerParts.ts";
import { runningPartitionSchema } from "./partitionAnswerSchemas.ts";

const processFields = {
  id: z.string(),
  host: z.string(),
  pid: z.int().min(0),
  version: z.string(),
  state: z.string(),
  startedAt: instantSchema.exactOptional(),
  heartbeatAgeMs: z.number().min(0).exactOptional(),
  project: z.string().exactOptional(),
  isProjectOlder: z.boolean(),
} as const;

/** A worker as lists show it: `WorkerSummary`. */
export const workerSummarySchema = z.strictObject({
  ...processFields,
  pools: z.record(z.string(), countSchema),
  slots: countSchema,
  running: countSchema,
  blockedMs: z.number().min(0).exactOptional(),
});

/** A worker with what it runs: `WorkerDetail`. */
export const workerDetailSchema = workerSummarySchema.extend({
  partitions: z.array(runningPartitionSchema).max(50),
});

/** A planner as lists show it: `PlannerSummary`. */
export const plannerSummarySchema = z.strictObject({ ...processFields, backfills: countSchema });
