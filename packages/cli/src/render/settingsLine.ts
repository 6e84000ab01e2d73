import type { BackfillSettings } from "@infill/core";
import { countOf, durationText } from "../text/numbers.ts";

/** How a backfill runs, in a line: what is left to Infill is not mentioned. */
export function settingsLine(settings: BackfillSettings): string {
  const { order, priority, weight, window, concurrency, budget, minSuccessRatio } = settings;
  return [
    `${order}${order === "spread" ? " out" : " first"}`,
    `priority ${priority}`,
    `weight ${weight}`,
    ...(concurrency === undefined ? [] : [`at most ${concurrency} at once`]),
    ...(window === undefined ? [] : [`at most ${countOf(window, "job")} in Redis`]),
    ...(budget?.failures === undefined ? [] : [`pauses at ${countOf(budget.failures, "failure")}`]),
    ...(budget?.failureRate === undefined
      ? []
      : [`pauses at ${percent(budget.failureRate)} failed`]),
    ...(budget?.wallMs === undefined ? [] : [`pauses after ${durationText(budget.wallMs)}`]),
    ...(minSuccessRatio === 1 ? [] : [`succeeds with ${percent(minSuccessRatio)}`]),
  ].join(", ");
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(4))} %`;
}
