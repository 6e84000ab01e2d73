import { z } from "zod";
import { partitionNameSchema } from "./answerParts.ts";
import {
  partitionStatusSchema,
  runningAttemptSchema,
  statusCountsSchema,
  storedErrorSchema,
} from "./partitionAnswerSchemas.ts";

const whyPartitionSchema = partitionNameSchema.extend({
  status: partitionStatusSchema.exactOptional(),
  error: z.string().exactOptional(),
  workerId: z.string().exactOptional(),
});

/** A reason for a partition's status: `WhyReason`, which says what each kind means. */
export const whyReasonSchema = z.strictObject({
  kind: z.enum([
    "absent",
    "running",
    "materialized",
    "stale",
    "failed",
    "skipped",
    "canceled",
    "not_selected",
    "upstream",
    "paused",
    "canceling",
    "canary",
    "retrying",
    "cap",
    "order",
    "queued",
    "no_worker",
    "older_project",
    "no_planner",
  ]),
  text: z.string(),
  backfillId: z.string().exactOptional(),
  command: z.string().exactOptional(),
  partitions: z.array(whyPartitionSchema).max(5).exactOptional(),
});

/** Why a partition has its status: `PartitionWhy`. */
export const partitionWhySchema = z.strictObject({
  asset: z.string(),
  key: z.string(),
  status: z.union([partitionStatusSchema, z.literal("absent")]),
  stale: z.literal(true).exactOptional(),
  reasons: z.array(whyReasonSchema).min(1),
  claim: runningAttemptSchema.exactOptional(),
  error: storedErrorSchema.exactOptional(),
  upstream: z.array(
    z.strictObject({
      asset: z.string(),
      counts: statusCountsSchema,
      partitions: z.array(whyPartitionSchema).max(5),
    }),
  ),
});
