import {
  type AnyAsset,
  type AssetGraph,
  definitionTimezone,
  type Logger,
  type MaterializeContext,
  type MaterializeLog,
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
export function materialize(call: MaterializeCall, graceMs: number): Promise<unknown> {
  try {
    const result = call.asset.materialize(contextOf(call));
    return isThenable(result) ? untilEnd(call, result, graceMs) : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    typeof value === "object" &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** Waits for a function that has been called, at most until its timeout or its grace period is over. */
function untilEnd(
  call: MaterializeCall,
  result: PromiseLike<unknown>,
  graceMs: number,
): Promise<unknown> {
  const { asset, stop } = call;
  return new Promise((resolve, reject) => {
    let hasReturned = false;
    let tellReturned = () => {};
    let returned: Promise<void> | undefined;
    const timers: NodeJS.Timeout[] = [];
    const end = () => {
      hasReturned = true;
      for (const timer of timers) clearTimeout(timer);
      tellReturned();
    };
    result.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
    const overrun = async (isLost: boolean) => {
      // A function that has just returned is no overrun.
      if (hasReturned) return;
      returned ??= new Promise((tell) => {
        tellReturned = tell;
      });
      await call.onOverrun(returned, isLost);
    };
    stop.onGiven(() => {
      if (stop.reason === "lost") overrun(true).catch(reject);
      const giveUp = () => void overrun(false).then(() => reject(stop.error), reject);
      timers.push(setTimeout(giveUp, graceMs));
    });
    if (asset.timeoutMs !== undefined)
      timers.push(setTimeout(() => stop.give("timeout"), asset.timeoutMs));
  });
}

/** The argument of the function. Its costly parts are made when the function reads them, because most read little. */
function contextOf(call: MaterializeCall): MaterializeContext {
  const { asset, graph, backfillId, key, coordinates, planned: at, attempt, stop } = call;
  const definition = asset.partitions;
  return {
    asset: asset.name,
    partition: {
      key,
      get keys() {
        return dimensionKeysAt(definition, coordinates, at);
      },
    },
    backfillId,
    attempt,
    get signal() {
      return stop.signal;
    },
    get log(): MaterializeLog {
      const { log } = call;
      return {
        debug: (message, fields) => log.debug?.(message, fields),
        info: (message, fields) => log.info(message, fields),
        warn: (message, fields) => log.warn(message, fields),
        error: (message, fields) => log.error(message, fields),
      };
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
