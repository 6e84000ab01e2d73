import {
  type AnyAsset,
  type AssetGraph,
  definitionTimezone,
  type Logger,
  type MaterializeContext,
  NotUpstreamError,
  NoWindowError,
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

/** The facts for one call of the function. */
export interface MaterializeCall {
  readonly asset: AnyAsset;
  readonly graph: AssetGraph;
  readonly backfillId: string;
  readonly key: string;
  readonly coordinates: Coordinates;
  /** What existed at the moment of the backfill's plan. */
  readonly planned: PartitionsContext;
  readonly attempt: number;
  readonly stop: StopOrder;
  readonly log: Logger;
  /**
   * Called if the function was told to stop and has not returned: after its grace period and before
   * its partition is given up, or at once if its claim is lost. `returned` resolves when the
   * function returns.
   */
  onOverrun(returned: Promise<void>, isLost: boolean): Promise<void>;
}

/**
 * Calls the asset's function for one partition.
 *
 * Resolves with its return value. Rejects with the error that it threw, or with
 * PartitionAbortedError if it did not return within `graceMs` of being told to stop.
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
      // A function that never started, or has just returned, is no overrun.
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
  backfillId,
  key,
  coordinates,
  planned: at,
  attempt,
  stop,
  log,
}: MaterializeCall): MaterializeContext {
  const definition = asset.partitions;
  return {
    asset: asset.name,
    partition: { key, keys: dimensionKeysAt(definition, coordinates, at) },
    backfillId,
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
        // A function in plain JavaScript may pass any value.
        const asked: unknown = upstream;
        throw new NotUpstreamError(
          String(asked),
          asset.name,
          graph.upstreamEdges(asset.name).map((known) => known.upstreamAsset),
        );
      }
      if (partitionOfKey(definition, key, at) === undefined) return [];
      return subsetKeys(upstreamOf(edge, subsetFromKeys(definition, [key], at), at).subset, at);
    },
  };
}
