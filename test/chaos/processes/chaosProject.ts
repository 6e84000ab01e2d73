import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { asset, dep, type MaterializeContext, type Project, project } from "@infill/core";
import { daily, timeWindowMapping, weekly, hourly } from "@infill/partitions";
import { seededRandom } from "../seededRandom.ts";
import { changingAssets } from "./changingAssets.ts";
import type { ChaosSettings } from "./chaosSettings.ts";
import { dynamicAssets } from "./dynamicAssets.ts";
import { tenantAssets } from "./tenantAssets.ts";

/** One line of the execution log. */
export interface ExecutionLine {
  /** `failed`: it threw as the scenario wants it to. `unblocked`: it has blocked the event loop, and goes on. */
  readonly what: "start" | "end" | "failed" | "unblocked";
  /** Of this execution within its process. */
  readonly run: number;
  readonly pid: number;
  readonly backfill: string;
  readonly asset: string;
  readonly key: string;
  readonly attempt: number;
  /** The machine's monotonic clock, the same for all processes, in milliseconds. */
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** The asset that no other needs, and its pool. */
export const independentAsset = "independent";
/** How long its functions take, in milliseconds: long, so that what the machine is busy with hardly counts. */
export const independentMs = { least: 300, most: 500 } as const;

const firstDay = Date.UTC(2001, 0, 1);
let nextRun = 1;
let hasBlocked = false;

/** The day so many days after the first one, as a key. */
export function dayKey(days: number): string {
  return new Date(firstDay + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * What scenarios run: a diamond of four assets (days, days of these, weeks of these, weeks of both), a bystander that
 * shares nothing with it but the workers, an independent asset that has workers of its own, one partition that needs a wide
 * asset, and a chain.
 */
export function chaosProject(settings: ChaosSettings): Project {
  const materialize = (context: MaterializeContext) => run(settings, context);
  const end = dayKey(7 * settings.weeks);
  const days = daily({ start: "2001-01-01", end });
  const weeks = weekly({ start: "2001-01-01", end, dayOffset: 1 });
  const source = asset({ name: "source", partitions: days, materialize });
  const cleaned = asset({ name: "cleaned", partitions: days, deps: [source], materialize });
  const totals = asset({ name: "totals", partitions: weeks, deps: [source], materialize });
  const report = asset({
    name: "report",
    partitions: weeks,
    deps: [cleaned, totals],
    materialize,
  });
  const bystander = asset({
    name: "bystander",
    partitions: daily({ start: "2001-01-01", end: dayKey(2 * settings.weeks) }),
    materialize,
  });
  const independent = asset({
    name: independentAsset,
    pool: independentAsset,
    partitions: daily({ start: "2001-01-01", end: dayKey(settings.independent) }),
    materialize,
  });
  const wide = asset({
    name: "wide",
    partitions: hourly({
      start: "2001-01-01",
      end: new Date(firstDay + settings.wide * 3_600_000).toISOString().slice(0, 19),
    }),
    materialize,
  });
  const narrow = asset({ name: "narrow", deps: [wide], materialize });
  const chain = asset({
    name: "chain",
    partitions: daily({ start: "2001-01-01", end: dayKey(settings.chain) }),
    deps: [dep("chain", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) })],
    materialize,
  });
  return project({
    namespace: settings.namespace,
    assets: [
      ...[source, cleaned, totals, report, bystander, independent, wide, narrow, chain],
      ...(settings.definitions === undefined
        ? []
        : changingAssets(settings.definitions, settings.removed ?? [], materialize)),
      ...(settings.soldDays === undefined
        ? []
        : dynamicAssets(dayKey(settings.soldDays), materialize)),
      ...(settings.tenantDays === undefined
        ? []
        : tenantAssets(dayKey(settings.tenantDays), materialize)),
    ],
  });
}

async function run(settings: ChaosSettings, context: MaterializeContext): Promise<void> {
  const execution = nextRun++;
  note(settings, "start", execution, context);
  const { blocksMs } = settings;
  if (
    blocksMs !== undefined &&
    !hasBlocked &&
    context.asset !== independentAsset &&
    existsSync(`${settings.executionLog}.block`)
  ) {
    hasBlocked = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blocksMs);
    note(settings, "unblocked", execution, context);
  }
  const name = `${context.asset} ${context.partition.key}`;
  const { least: leastMs, most: mostMs } =
    context.asset !== independentAsset
      ? { least: settings.leastMs, most: settings.mostMs }
      : existsSync(`${settings.executionLog}.hurry`)
        ? { least: 1, most: 5 }
        : independentMs;
  const forMs = leastMs + seededRandom(`${settings.seed} ${name}`).next() * (mostMs - leastMs);
  if (mostMs > 0) await delay(forMs, undefined, { signal: context.signal });
  if (settings.failing.includes(name) && !existsSync(`${settings.executionLog}.mended`)) {
    while (settings.failsWhenTold === true && !existsSync(`${settings.executionLog}.told`))
      await delay(20, undefined, { signal: context.signal });
    note(settings, "failed", execution, context);
    throw new Error(`no data for ${name}`);
  }
  note(settings, "end", execution, context);
}

function note(
  settings: ChaosSettings,
  what: ExecutionLine["what"],
  run: number,
  context: MaterializeContext,
): void {
  const line: ExecutionLine = {
    what,
    run,
    pid: process.pid,
    backfill: context.backfillId,
    asset: context.asset,
    key: context.partition.key,
    attempt: context.attempt,
    monotonicMs: Number(process.hrtime.bigint() / 1_000n) / 1_000,
    wallMs: Date.now(),
  };
  appendFileSync(settings.executionLog, `${JSON.stringify(line)}\n`);
}
