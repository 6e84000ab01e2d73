import { z } from "zod";
import type { AnyAsset } from "./asset.ts";
import { type AssetGraph, assetGraph } from "./assetGraph.ts";
import { capSchema } from "../requests/concurrencyPer.ts";
import { UnknownPoolError } from "./graphErrors.ts";
import { parseOptions } from "../errors/invalidOptionsError.ts";
import { type Alerts, alertsSchema, type FailingBackfill } from "./failingBackfill.ts";
import type { FinishedBackfill } from "./finishedBackfill.ts";
import type { PausedBackfill } from "./pausedBackfill.ts";
import { nameSchema } from "../requests/nameSchema.ts";
import { type Retention, retentionSchema } from "./retention.ts";
import { type Webhook, webhookSchema } from "./webhook.ts";

const poolSchema = z.strictObject({
  /**
   * Most partitions of this pool in progress at once over all workers; default: the number of
   * slots.
   */
  concurrency: capSchema.optional(),
  /**
   * Share of the slots, 0 to 1, in which schedules, sensors and single runs go before backfills; at
   * least one slot unless it is 0. Default: 0.25.
   */
  reserved: z.number().min(0).max(1).optional(),
});

/** A pool's settings in a project. */
export type Pool = z.output<typeof poolSchema>;

const projectSchema = z.strictObject({
  /** Prefix of every Redis key of the project, so that several projects can share a server. */
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected 1 to 64 letters, digits, _ . or -")
    .default("infill"),
  assets: z.array(
    z.custom<AnyAsset>((value) => typeof value === "object" && value !== null, "expected assets"),
  ),
  pools: z.record(nameSchema, poolSchema).default({}),
  /** `redis://` or `rediss://`; the command's flag and REDIS_URL take precedence. */
  redisUrl: z.string().optional(),
  /**
   * Called by a planner when a backfill has ended, at least once for each summary. If it rejects or
   * takes over 30 seconds, it is called again after longer and longer pauses, up to 20 times.
   */
  onBackfillFinished: z
    .custom<OnBackfillFinished>((value) => typeof value === "function", "expected a function")
    .optional(),
  /**
   * Called by a planner when a backfill has paused by itself, because of its budget or its canary:
   * at least once for each such pause. Called again like `onBackfillFinished`.
   */
  onBackfillPaused: z
    .custom<OnBackfillPaused>((value) => typeof value === "function", "expected a function")
    .optional(),
  /**
   * Called by a planner when the failures of a running backfill reach `alerts`: at least once for
   * each such backfill. Called again like `onBackfillFinished`.
   */
  onBackfillFailing: z
    .custom<OnBackfillFailing>((value) => typeof value === "function", "expected a function")
    .optional(),
  /**
   * When planners alert that a running backfill fails too often, once for each backfill; default:
   * never.
   */
  alerts: alertsSchema.optional(),
  /**
   * Webhooks for the summaries of backfills that have ended, have paused by themselves or are
   * failing.
   */
  webhooks: z.array(webhookSchema).max(20).default([]),
  /** How long planners keep ended backfills; default: 90 days, at most 10,000 of them. */
  retention: retentionSchema,
});

/** A project's function for an ended backfill. */
export type OnBackfillFinished = (summary: FinishedBackfill) => void | Promise<void>;

/** A project's function for a backfill that has paused by itself. */
export type OnBackfillPaused = (summary: PausedBackfill) => void | Promise<void>;

/** A project's function for a running backfill whose failures reach its alert. */
export type OnBackfillFailing = (summary: FailingBackfill) => void | Promise<void>;

/** What a user writes in `project({ … })`. */
export type ProjectOptions = z.input<typeof projectSchema>;

/** A project as its file defines it: assets, their graph, and pools. */
export interface Project {
  readonly kind: "project";
  readonly namespace: string;
  readonly graph: AssetGraph;
  /** Every pool of an asset or of the project's list. The pool `default` always exists. */
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
 * Defines a project, which the command, the planner and the workers load.
 *
 * @throws InvalidOptionsError; the errors of `assetGraph`
 * @throws UnknownPoolError if the project lists pools and an asset has another one than these and
 *   `default`
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

/** Whether a module's export is a project. */
export function isProject(value: unknown): value is Project {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "project";
}
