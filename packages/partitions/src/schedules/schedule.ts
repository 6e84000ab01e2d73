import type { PartitionsContext } from "../context/partitionsContext.ts";
import { OffsetError } from "../errors/definitionErrors.ts";
import { ScheduleOverrideError } from "../errors/keyErrors.ts";
import { integerRange, noIntegers } from "../integers/integerSet.ts";
import { productOfAxes } from "../subsets/axisSet.ts";
import type { PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { axisLayout } from "../definitions/axes.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { timeAxisIndex } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { timeAxisView } from "../definitions/timeAxisView.ts";
import { timeDefinitionOf } from "../definitions/timeWindowAnswers.ts";
import { ordinalAtOrBefore } from "../definitions/timeWindowEngine.ts";
import type { Cadence, TimeWindowPartitions } from "../definitions/timeWindowPartitions.ts";

/** When a schedule runs, if not at the boundaries of its partitions. */
export interface ScheduleOverride {
  readonly minuteOfHour?: number | undefined;
  readonly hourOfDay?: number | undefined;
  readonly dayOfWeek?: number | undefined;
  readonly dayOfMonth?: number | undefined;
}

const months: Partial<Record<Cadence, string>> = {
  monthly: "*",
  quarterly: "1,4,7,10",
  yearly: "1",
};
const supported: Readonly<Record<Cadence, readonly (keyof ScheduleOverride)[]>> = {
  minutely: [],
  cron: [],
  hourly: ["minuteOfHour"],
  daily: ["minuteOfHour", "hourOfDay"],
  weekly: ["minuteOfHour", "hourOfDay", "dayOfWeek"],
  monthly: ["minuteOfHour", "hourOfDay", "dayOfMonth"],
  quarterly: ["minuteOfHour", "hourOfDay", "dayOfMonth"],
  yearly: ["minuteOfHour", "hourOfDay", "dayOfMonth"],
};
const ranges: Readonly<Record<keyof ScheduleOverride, readonly [min: number, max: number]>> = {
  minuteOfHour: [0, 59],
  hourOfDay: [0, 23],
  dayOfWeek: [0, 7],
  dayOfMonth: [1, 31],
};

/**
 * The cron of the schedule for a definition's partitions: its boundaries, or other times of the
 * same cadence.
 *
 * @throws NoSingleTimeDimensionError unless exactly one dimension is by time, ScheduleOverrideError
 *   for a change that the cadence does not have
 */
export function scheduleCronOf(
  definition: PartitionsDefinition,
  override: ScheduleOverride = {},
): string {
  const time = timeDefinitionOf(definition);
  assertOverride(time, override);
  if (supported[time.cadence].length === 0) return time.cron;
  const minute = override.minuteOfHour ?? time.minuteOffset;
  const hour = time.cadence === "hourly" ? "*" : (override.hourOfDay ?? time.hourOffset);
  const weekday = time.cadence === "weekly" ? (override.dayOfWeek ?? time.dayOffset) : "*";
  const month = months[time.cadence];
  const day = month === undefined ? "*" : (override.dayOfMonth ?? time.dayOffset);
  return `${minute} ${hour} ${day} ${month ?? "*"} ${weekday}`;
}

/**
 * The partitions that a schedule's tick launches: the last complete window of the time dimension at
 * the tick, with all existing keys of the others. Nothing after an excluded window.
 */
export function partitionsForTick<D extends PartitionsDefinition>(
  definition: D,
  tickMs: number,
  context: PartitionsContext,
): PartitionsSubset<D> {
  const ordinal = ordinalForTick(timeDefinitionOf(definition), tickMs);
  const atTick = { ...context, nowMs: tickMs };
  const timeAxis = timeAxisIndex(definition);
  const sides = axisLayout(definition).axes.map((axis, index) => {
    if (index !== timeAxis) return viewAxis(axis.definition, atTick).existing();
    return ordinal === undefined ? noIntegers : integerRange(ordinal, ordinal + 1);
  });
  return { definition, coordinates: productOfAxes(sides) };
}

function ordinalForTick(definition: TimeWindowPartitions, tickMs: number): number | undefined {
  const view = timeAxisView(definition, tickMs);
  if (view.count === 0) return undefined;
  const { ticks, kept, endOffset, endOrdinal } = view.engine;
  const newest = Math.min(ordinalAtOrBefore(ticks, tickMs) + endOffset, endOrdinal) - 1;
  if (kept !== undefined && !kept.isKept(newest)) return undefined;
  return view.coordinateAt(view.count - 1);
}

function assertOverride(definition: TimeWindowPartitions, override: ScheduleOverride): void {
  for (const option of Object.keys(ranges) as (keyof ScheduleOverride)[]) {
    const value = override[option];
    if (value === undefined) continue;
    if (!supported[definition.cadence].includes(option))
      throw new ScheduleOverrideError(option, definition.cadence);
    const [min, max] = ranges[option];
    if (!Number.isInteger(value) || value < min || value > max)
      throw new OffsetError(option, value, `a whole number from ${min} to ${max}`);
  }
}
