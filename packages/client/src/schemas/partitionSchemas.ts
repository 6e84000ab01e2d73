import { z } from "zod";
import { controlOptionsSchema } from "./controlSchemas.ts";
import { pageOptionsSchema } from "./pageSchemas.ts";
import { keyTextSchema, nameTextSchema, selectionTextSchema } from "./textSchemas.ts";

/** The statuses that a list can select. */
export const partitionStatuses = ["missing", "materialized", "failed", "in_progress"] as const;

/** Which partitions of an asset to list, and which part of the list. */
const listSchema = pageOptionsSchema.extend({
  /** Partition text; default: `:all`. */
  partitions: selectionTextSchema.default(":all"),
  /** Default: every status. */
  status: z.enum(partitionStatuses).optional(),
});

/** Partitions to mark or wipe, with actor and reason. */
const changeSchema = controlOptionsSchema.extend({
  /** Partition text, 1 to 65,536 characters. */
  partitions: selectionTextSchema.min(1),
});
export type PartitionChange = z.input<typeof changeSchema>;
/** What the code reads. */
export type ResolvedPartitionChange = z.output<typeof changeSchema>;

/** The input of each method of `Partitions`. `asset`, `key` and `partitions` are arguments of several. */
export const partitionInputs = {
  asset: nameTextSchema,
  key: keyTextSchema,
  partitions: selectionTextSchema.default(":all"),
  list: listSchema,
  mark: changeSchema,
  wipe: changeSchema,
  listChanges: pageOptionsSchema,
} as const;
