import {
  type AnyAsset,
  type AssetGraph,
  definitionTimezone,
  type Logger,
  type MaterializeContext,
  NotUpstreamError,
  NoWindowError,
  type PartitionJob,
} from "@infill/core";
import {
  type Coordinates,
  dimensionKeysAt,
  partitionOfKey,
  type PartitionsContext,
  subsetFromKeys,
  subsetKeys,
  timeWindowAt,
  upstreamOf,
} from "@infill/partitions";
import { DateTime, Interval } from "luxon";
import type { StopOrder } from "./stopOrder.ts";

/** What the function is called with, beside what the job says. */
export interface MaterializeCall {
  readonly asset: AnyAsset;
  readonly graph: AssetGraph;
  readonly job: PartitionJob;
  readonly coordinates: Coordinates;
  /** What existed when the backfill was planned. */
  readonly planned: PartitionsContext;
  readonly attempt: number;
  readonly stop: StopOrder;
  readonly log: Logger;
  /**
   * The function was told to stop, and has not returned: called when its grace is over and before its partition is given up, and
   * at once where its claim is lost. `returned` resolves when it does return.
   */
  onOverrun(returned: Promise<void>, isLost: boolean): Promise<void>;
}

/**
 * Calls the asset's function for one partition.
 *
 * Resolves with what it returned; rejects with what it threw, and with PartitionAbortedError when it did not end by
 * itself within `graceMs` of being told to stop.
 */
export async function materialize(call: MaterializeCall, graceMs: number): Promise<unknown> {
  const { asset, stop } = call;
  const timers: NodeJS.Timeout[] = [];
  try {
    let hasReturned = false;
    let tellReturned = () => {};
    const returned = new Promise<void>((resolve) => {
      tellReturned = resolve;
    });
    const overrun = async (isLost: boolean) => {
      // One that never started, or has returned in this moment, goes on with nothing.
      if (!hasReturned) await call.onOverrun(returned, isLost);
    };
    const overdue = new Promise<never>((_, reject) => {
      const giveUp = () => {
        if (stop.reason === "lost") overrun(true).catch(reject);
        timers.push(
          setTimeout(() => void overrun(false).then(() => reject(stop.error), reject), graceMs),
        );
      };
      stop.onGiven(giveUp);
    });
    if (asset.timeoutMs !== undefined) {
      timers.push(setTimeout(() => stop.give("timeout"), asset.timeoutMs));
    }
    const result = Promise.resolve()
      .then(() => asset.materialize(contextOf(call)))
      .finally(() => {
        hasReturned = true;
        tellReturned();
      });
    return await Promise.race([result, overdue]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

function contextOf({
  asset,
  graph,
  job,
  coordinates,
  planned: at,
  attempt,
  stop,
  log,
}: MaterializeCall): MaterializeContext {
  const definition = asset.partitions;
  return {
    asset: asset.name,
    partition: { key: job.k, keys: dimensionKeysAt(definition, coordinates, at) },
    backfillId: job.b,
    attempt,
    get signal() {
      return stop.signal;
    },
    log: {
      debug: (message, fields) => log.debug?.(message, fields),
      info: (message, fields) => log.info(message, fields),
      warn: (message, fields) => log.warn(message, fields),
      error: (message, fields) => log.error(message, fields),
    },
    get window() {
      const window = timeWindowAt(definition, coordinates);
      if (window === undefined) throw new NoWindowError(asset.name);
      const zone = definitionTimezone(definition) ?? "utc";
      const interval = Interval.fromDateTimes(
        DateTime.fromMillis(window.startMs, { zone }),
        DateTime.fromMillis(window.endMs, { zone }),
      );
      if (!interval.isValid)
        throw new Error(`Bug: no interval in zone ${zone}: ${interval.invalidReason}`);
      return interval;
    },
    upstreamKeys(upstream: string): Iterable<string> {
      const edge = graph
        .upstreamEdges(asset.name)
        .find((candidate) => candidate.upstreamAsset === upstream);
      if (edge === undefined) {
        // Functions written in JavaScript may pass anything.
        const asked: unknown = upstream;
        throw new NotUpstreamError(
          String(asked),
          asset.name,
          graph.upstreamEdges(asset.name).map((known) => known.upstreamAsset),
        );
      }
      if (partitionOfKey(definition, job.k, at) === undefined) return [];
      return subsetKeys(upstreamOf(edge, subsetFromKeys(definition, [job.k], at), at).subset, at);
    },
  };
}
