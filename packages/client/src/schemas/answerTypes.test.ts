import { expect, test } from "vitest";
import type { z } from "zod";
import type { BackfillFailures } from "@infill/planning";
import type { AssetState, KeptState } from "@infill/state";
import type { AssetDetail, AssetSummary, PoolSummary } from "../assets/assetAnswers.ts";
import type { GapReport } from "../assets/findGaps.ts";
import type { AssetStatePreview, KeptStatePreview } from "../assets/changeAssetState.ts";
import type { RenamePreview } from "../assets/renameAssetState.ts";
import type {
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  ChangedBackfill,
  CreatedBackfill,
  ListedBackfill,
} from "../backfills/backfillAnswers.ts";
import type { PruneEvent, PrunedBackfills } from "../backfills/pruneAnswers.ts";
import type { Backfills } from "../resources/backfillResource.ts";
import type { WaitingSummary } from "../deliveries/deliveryAnswers.ts";
import type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
  DynamicDefinition,
  DynamicPartition,
} from "../dynamic/dynamicAnswers.ts";
import type {
  ChangedPartitions,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionSummary,
  StatusCounts,
} from "../partitions/partitionAnswers.ts";
import type { PlannerSummary, WorkerDetail, WorkerSummary } from "../processes/processAnswers.ts";
import type { RetryCounts } from "../shared/retryCounts.ts";
import type { PartitionWhy } from "../why/whyAnswers.ts";
import type {
  assetDetailSchema,
  assetStatePreviewSchema,
  assetStateSchema,
  assetSummarySchema,
  gapReportSchema,
  keptStatePreviewSchema,
  keptStateSchema,
  poolSummarySchema,
  renamePreviewSchema,
} from "./assetAnswerSchemas.ts";
import type {
  backfillDetailSchema,
  backfillEventSchema,
  changedBackfillSchema,
  listedBackfillSchema,
  pruneEventSchema,
  prunedBackfillsSchema,
  retriedBackfillSchema,
  retryCountsSchema,
} from "./backfillAnswerSchemas.ts";
import type { waitingSummarySchema } from "./deliveryAnswerSchemas.ts";
import type {
  changedDynamicPartitionsSchema,
  dynamicChangeEventSchema,
  dynamicDefinitionSchema,
  dynamicPartitionSchema,
} from "./dynamicAnswerSchemas.ts";
import type { backfillFailuresSchema } from "./failureAnswerSchemas.ts";
import type {
  changedPartitionsSchema,
  partitionChangeEventSchema,
  partitionDetailSchema,
  partitionSummarySchema,
  statusCountsSchema,
} from "./partitionAnswerSchemas.ts";
import type { backfillPreviewSchema, createdBackfillSchema } from "./previewAnswerSchemas.ts";
import type { partitionWhySchema } from "./whyAnswerSchemas.ts";
import type {
  plannerSummarySchema,
  workerDetailSchema,
  workerSummarySchema,
} from "./processAnswerSchemas.ts";

/** The type with nothing read-only, so that an interface can equal what a schema infers. */
type Writable<T> = T extends object ? { -readonly [Name in keyof T]: Writable<T[Name]> } : T;

/** Every path of fields, with `?` behind the optional ones, so that a field that one side lacks shows. */
type Paths<T> = T extends readonly (infer Item)[]
  ? Paths<Item>
  : T extends object
    ? {
        [Name in keyof T & string]-?:
          | `${Name}${object extends Pick<T, Name> ? "?" : ""}`
          | `${Name}.${string extends keyof T ? never : Paths<NonNullable<T[Name]>>}`;
      }[keyof T & string]
    : never;

/** `true` where a schema's output and an interface are the same; otherwise a type to which `true` is not assignable. */
type Same<Schema extends z.ZodType, Interface> = [z.output<Schema>] extends [Writable<Interface>]
  ? [Writable<Interface>] extends [z.output<Schema>]
    ? [Paths<z.output<Schema>>, Paths<Interface>] extends [
        Paths<Interface>,
        Paths<z.output<Schema>>,
      ]
      ? true
      : "a field is in one of the two only"
    : "the interface allows more"
  : "the schema allows more";

/**
 * The same without some fields: JSON, whose type contains itself, so that its paths have no end; and an id that is
 * there as undefined.
 */
type SameBut<Schema extends z.ZodType, Interface, Names extends string> = Same<
  z.ZodType<Omit<z.output<Schema>, Names>>,
  Omit<Interface, Names>
>;
type Facts = "before" | "after" | "details";

const same: readonly true[] = [
  true satisfies Same<typeof assetSummarySchema, AssetSummary>,
  true satisfies Same<typeof assetDetailSchema, AssetDetail>,
  true satisfies Same<typeof poolSummarySchema, PoolSummary>,
  true satisfies Same<typeof gapReportSchema, GapReport>,
  true satisfies Same<typeof assetStateSchema, AssetState>,
  true satisfies Same<typeof assetStatePreviewSchema, AssetStatePreview>,
  true satisfies Same<typeof keptStateSchema, KeptState>,
  true satisfies Same<typeof keptStatePreviewSchema, KeptStatePreview>,
  true satisfies Same<typeof renamePreviewSchema, RenamePreview>,
  true satisfies Same<typeof backfillPreviewSchema, BackfillPreview>,
  true satisfies SameBut<typeof createdBackfillSchema, CreatedBackfill, "id">,
  true satisfies Same<typeof changedBackfillSchema, ChangedBackfill>,
  true satisfies Same<typeof retriedBackfillSchema, Awaited<ReturnType<Backfills["retry"]>>>,
  true satisfies Same<typeof backfillFailuresSchema, BackfillFailures>,
  true satisfies Same<typeof partitionWhySchema, PartitionWhy>,
  true satisfies Same<typeof pruneEventSchema, PruneEvent>,
  true satisfies Same<typeof listedBackfillSchema, ListedBackfill>,
  true satisfies Same<typeof backfillDetailSchema, BackfillDetail>,
  true satisfies SameBut<typeof backfillEventSchema, BackfillEvent, Facts>,
  true satisfies Same<typeof prunedBackfillsSchema, PrunedBackfills>,
  true satisfies Same<typeof retryCountsSchema, RetryCounts>,
  true satisfies Same<typeof waitingSummarySchema, WaitingSummary>,
  true satisfies Same<typeof dynamicDefinitionSchema, DynamicDefinition>,
  true satisfies Same<typeof dynamicPartitionSchema, DynamicPartition>,
  true satisfies Same<typeof changedDynamicPartitionsSchema, ChangedDynamicPartitions>,
  true satisfies Same<typeof dynamicChangeEventSchema, DynamicChangeEvent>,
  true satisfies Same<typeof statusCountsSchema, StatusCounts>,
  true satisfies Same<typeof partitionSummarySchema, PartitionSummary>,
  true satisfies SameBut<typeof partitionDetailSchema, PartitionDetail, "metadata">,
  true satisfies Same<typeof changedPartitionsSchema, ChangedPartitions>,
  true satisfies SameBut<typeof partitionChangeEventSchema, PartitionChangeEvent, "details">,
  true satisfies Same<typeof workerSummarySchema, WorkerSummary>,
  true satisfies Same<typeof workerDetailSchema, WorkerDetail>,
  true satisfies Same<typeof plannerSummarySchema, PlannerSummary>,
];

test("gives every answer one schema that has the fields of its interface", () => {
  // The compiler compares them.
  expect(same).toHaveLength(34);
});
