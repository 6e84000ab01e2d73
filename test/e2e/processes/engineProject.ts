import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  asset,
  dep,
  type MaterializeContext,
  type MaterializeResult,
  type Project,
  type ProjectOptions,
  project,
} from "@infill/core";
import {
  daily,
  dimensionMapping,
  hourly,
  multi,
  staticPartitions,
  timeWindowMapping,
  weekly,
} from "@infill/partitions";

/** How the functions of the engine project behave; handed to its processes as JSON in ENGINE. */
export interface EngineSettings {
  readonly namespace: string;
  /** Every start and end of a function is a line of this file. */
  readonly executionLog: string;
  /** How long a function takes, in milliseconds. */
  readonly durationMs: number;
  /** `asset key` of partitions whose function throws, with the attempts that throw; 0 for all. */
  readonly failing?: Readonly<Record<string, number>>;
  /** `asset key` of partitions whose function kills its process. */
  readonly poison?: readonly string[];
  /** `asset key` of partitions whose first attempt blocks the event loop: how, and for how long. */
  readonly blocking?: Readonly<Record<string, { readonly how: Blocking; readonly ms: number }>>;
  /** `asset key` of partitions whose function takes no note of its signal, and for how long it runs. */
  readonly ignoring?: Readonly<Record<string, number>>;
  /** `asset key` of partitions whose function logs and returns what JSON does not hold. */
  readonly hostile?: readonly string[];
  readonly maxBlockedMs?: number;
  readonly maxLapses?: number;
  readonly leaseMs?: number;
  readonly concurrency?: number;
  /** Where planners post how a backfill ended. */
  readonly webhooks?: ProjectOptions["webhooks"];
  /** Caps of the asset `loads`, of each of its tenants, and of the pool. */
  readonly caps?: { readonly asset?: number; readonly tenant?: number; readonly pool?: number };
}

/** What keeps an event loop from turning. */
export type Blocking = "loop" | "child" | "pattern";

/** One line of the execution log. */
export interface Execution {
  readonly what: "start" | "end";
  readonly partition: string;
  readonly attempt: number;
  readonly pid: number;
  readonly atMs: number;
}

/** A project of small assets that depend on each other, and of one that is large. */
export function engineProject(settings: EngineSettings): Project {
  const materialize = (context: MaterializeContext) =>
    // Some return what no function of theirs may.
    run(settings, context) as Promise<MaterializeResult | void>;
  const days = daily({ start: "2001-01-01", end: "2001-07-01" });
  const raw = asset({ name: "raw", partitions: days, materialize });
  const regional = asset({
    name: "regional",
    partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
    deps: [raw],
    materialize,
  });
  const weeks = asset({
    name: "weeks",
    partitions: weekly({ start: "2001-01-01", end: "2001-07-02", dayOffset: 1 }),
    // The last week reaches one day beyond the data.
    deps: [
      dep(regional, {
        mapping: dimensionMapping({
          dimension: "date",
          mapping: timeWindowMapping({ allowNonexistentUpstream: true }),
        }),
      }),
    ],
    materialize,
  });
  const total = asset({ name: "total", deps: [weeks], materialize });
  const chain = asset({
    name: "chain",
    partitions: days,
    deps: [dep("chain", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) })],
    materialize,
  });
  const huge = asset({ name: "huge", partitions: hourly({ start: "1880-01-01" }), materialize });
  const retried = { maxAttempts: 2, backoffMs: 50 };
  const flaky = asset({ name: "flaky", partitions: days, retry: retried, materialize });
  const caps = settings.caps ?? {};
  const loads = asset({
    name: "loads",
    partitions: multi({ date: days, tenant: staticPartitions(["t0", "t1", "t2", "t3"]) }),
    ...(caps.asset === undefined ? {} : { concurrency: caps.asset }),
    ...(caps.tenant === undefined ? {} : { concurrencyPer: { tenant: caps.tenant } }),
    materialize,
  });
  return project({
    namespace: settings.namespace,
    webhooks: settings.webhooks ?? [],
    assets: [raw, regional, weeks, total, chain, huge, flaky, loads],
    ...(caps.pool === undefined ? {} : { pools: { default: { concurrency: caps.pool } } }),
  });
}

async function run(settings: EngineSettings, context: MaterializeContext): Promise<unknown> {
  const partition = `${context.asset} ${context.partition.key}`;
  note(settings, "start", partition, context.attempt);
  if (settings.poison?.includes(partition)) process.kill(process.pid, "SIGKILL");
  const blocked = settings.blocking?.[partition];
  if (blocked !== undefined && context.attempt === 1) block(blocked.how, blocked.ms);
  const ignoring = settings.ignoring?.[partition];
  if (ignoring !== undefined) await delay(ignoring);
  if (settings.hostile?.includes(partition)) return hostileResult(context, settings);
  if (settings.durationMs > 0)
    await delay(settings.durationMs, undefined, { signal: context.signal });
  const failures = settings.failing?.[partition];
  if (failures !== undefined && (failures === 0 || context.attempt <= failures)) {
    throw new Error(`no data for ${partition}`);
  }
  note(settings, "end", partition, context.attempt);
  return undefined;
}

function block(how: Blocking, ms: number): void {
  const untilMs = performance.now() + ms;
  if (how === "child") spawnSync("sleep", [String(ms / 1_000)]);
  const digits = `${"1".repeat(24)}x`;
  while (performance.now() < untilMs) if (how === "pattern") /^(?:1+)+$/.test(digits);
}

/** Logs and returns what JSON does not hold, also after the partition has ended. */
function hostileResult(context: MaterializeContext, settings: EngineSettings): unknown {
  const circular: Record<string, unknown> = { big: 10n };
  circular["self"] = circular;
  const fields = Object.defineProperty(circular, "broken", {
    enumerable: true,
    get() {
      throw new Error("no");
    },
  });
  context.log.warn("hostile", fields);
  setTimeout(() => context.log.warn("after the end", fields), 50);
  note(settings, "end", `${context.asset} ${context.partition.key}`, context.attempt);
  return { metadata: [1, 2, 3] };
}

function note(
  settings: EngineSettings,
  what: Execution["what"],
  partition: string,
  attempt: number,
): void {
  const line: Execution = { what, partition, attempt, pid: process.pid, atMs: Date.now() };
  appendFileSync(settings.executionLog, `${JSON.stringify(line)}\n`);
}
