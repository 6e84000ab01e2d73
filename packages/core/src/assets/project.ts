import { z } from "zod";
import type { AnyAsset } from "./asset.ts";
import { type AssetGraph, assetGraph } from "./assetGraph.ts";
import { capSchema } from "../requests/concurrency.ts";
import { UnknownPoolError } from "./graphErrors.ts";
import { parseOptions } from "../errors/invalidOptionsError.ts";
import { type Alerts, alertsSchema, type FailingBackfill } from "./failingBackfill.ts";
import type { FinishedBackfill } from "./finishedBackfill.ts";
import type { PausedBackfill } from "./pausedBackfill.ts";
import { nameSchema } from "../requests/names.ts";
import { type Retention, retentionSchema } from "./retention.ts";
import { type Webhook, webhookSchema } from "./webhook.ts";

const poolSchema = z.strictObject({
  /** Partitions of this pool that run at once across all workers; left out: as many as the workers have slots. */
  concurrency: capSchema.optional(),
  /** Share of the slots, 0 to 1, in which what schedules, sensors and single runs submit goes before backfills; one slot at the least unless it is 0. Left out: 0.25. */
  reserved: z.number().min(0).max(1).optional(),
});

/** What a project says of one pool. */
export type Pool = z.output<typeof poolSchema>;

const projectSchema = z.strictObject({
  /** Begins every Redis key of the project, so that several share a server. */
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected 1 to 64 letters, digits, _ . or -")
    .default("infill"),
  assets: z.array(
    z.custom<AnyAsset>((value) => typeof value === "object" && value !== null, "expected assets"),
  ),
  pools: z.record(nameSchema, poolSchema).default({}),
  /** `redis://` or `rediss://`; the command's flag and REDIS_URL come first. */
  redisUrl: z.string().optional(),
  /**
   * Called by a planner when a backfill has ended, at least once for each summary; rejects or takes over 30 seconds: it is
   * called again later, with longer and longer pauses, up to 20 times.
   */
  onBackfillFinished: z
    .custom<OnBackfillFinished>((value) => typeof value === "function", "expected a function")
    .optional(),
  /**
   * Called by a planner when a backfill has paused by itself, over its budget or after its canary failed: at least once for each
   * such pause, and again as `onBackfillFinished` is.
   */
  onBackfillPaused: z
    .custom<OnBackfillPaused>((value) => typeof value === "function", "expected a function")
    .optional(),
  /**
   * Called by a planner when the failures of a running backfill reach `alerts`: at least once for each such backfill, and again as
   * `onBackfillFinished` is.
   */
  onBackfillFailing: z
    .custom<OnBackfillFailing>((value) => typeof value === "function", "expected a function")
    .optional(),
  /** When planners tell that a running backfill fails too much, once a backfill; left out: never. */
  alerts: alertsSchema.optional(),
  /** Where planners post the summary of a backfill that has ended, has paused by itself or is failing. */
  webhooks: z.array(webhookSchema).max(20).default([]),
  /** How long planners keep backfills that have ended; left out: 90 days, at most 10,000 of them. */
  retention: retentionSchema,
});

/** What a project does when a backfill has ended. */
export type OnBackfillFinished = (summary: FinishedBackfill) => void | Promise<void>;

/** What a project does when a backfill has paused by itself. */
export type OnBackfillPaused = (summary: PausedBackfill) => void | Promise<void>;

/** What a project does when the failures of a running backfill reach its alert. */
export type OnBackfillFailing = (summary: FailingBackfill) => void | Promise<void>;

/** What a user writes in `project({ … })`. */
export type ProjectOptions = z.input<typeof projectSchema>;

/** Everything that a project file defines: assets, their graph, and pools. */
export interface Project {
  readonly kind: "project";
  readonly namespace: string;
  readonly graph: AssetGraph;
  /** Every pool that an asset or the project names. The pool `default` needs no mention. */
  readonly pools: ReadonlyMap<string, Pool>;
  readonly redisUrl: string | undefined;
  readonly onBackfillFinished: OnBackfillFinished | undefined;
  readonly onBackfillPaused: OnBackfillPaused | undefined;
  readonly onBackfillFailing: OnBackfillFailing | undefined;
  readonly alerts: Alerts | undefined;
  readonly webhooks: readonly Webhook[];
  readonly retention: Retention;
}

/**
 * Defines a project: what the command, the planner and the workers load.
 *
 * @throws InvalidOptionsError, and what `assetGraph` throws
 * @throws UnknownPoolError where the project lists pools and an asset names another than these and `default`
 */
export function project(options: ProjectOptions): Project {
  const parsed = parseOptions(projectSchema, options, "project");
  const graph = assetGraph(parsed.assets);
  const pools = new Map<string, Pool>(Object.entries(parsed.pools));
  const listed = pools.size > 0;
  for (const asset of graph.assets.values()) {
    if (pools.has(asset.pool)) continue;
    if (listed && asset.pool !== "default")
      throw new UnknownPoolError(asset.pool, [...pools.keys()], asset.name);
    pools.set(asset.pool, {});
  }
  return Object.freeze({
    kind: "project" as const,
    namespace: parsed.namespace,
    graph,
    pools,
    redisUrl: parsed.redisUrl,
    onBackfillFinished: parsed.onBackfillFinished,
    onBackfillPaused: parsed.onBackfillPaused,
    onBackfillFailing: parsed.onBackfillFailing,
    alerts: parsed.alerts,
    webhooks: parsed.webhooks,
    retention: parsed.retention,
  });
}

/** Whether a value that a module exports is a project. */
export function isProject(value: unknown): value is Project {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "project";
}
