import { type Cron, parseCron } from "../time/cron.ts";
import { axisLayout } from "./axes.ts";
import type { AxisDefinition, PartitionsDefinition } from "./partitionsDefinition.ts";

const fingerprints = new WeakMap<PartitionsDefinition, string>();

/**
 * Readable text of what a definition's coordinates mean: kind, boundaries, zone and dimension names. Not start, end,
 * offsets of the end, exclusions, static keys or key format: those may change without a coordinate changing its
 * meaning. Two definitions with the same text can read each other's state.
 */
export function fingerprintOf(definition: PartitionsDefinition): string {
  let text = fingerprints.get(definition);
  if (text === undefined) {
    text = describe(definition);
    fingerprints.set(definition, text);
  }
  return text;
}

function describe(definition: PartitionsDefinition): string {
  if (definition.kind !== "multi") return describeAxis(definition);
  const axes = axisLayout(definition).axes.map(
    (axis) => `${axis.name}: ${describeAxis(axis.definition)}`,
  );
  return `multi(${axes.join("; ")})`;
}

function describeAxis(definition: AxisDefinition): string {
  switch (definition.kind) {
    case "timeWindow":
      return `time windows of ${canonicalCron(parseCron(definition.cron))} in ${definition.timezone}`;
    case "dynamic":
      return `dynamic ${JSON.stringify(definition.name)}`;
    case "static":
    case "unpartitioned":
      return definition.kind;
  }
}

/** One text for every way to write the same boundaries. */
function canonicalCron(cron: Cron): string {
  const days = [...valuesOf(cron.daysOfMonth), ...(cron.lastDayOfMonth ? ["L"] : [])].join(",");
  return [
    cron.minutes.length === 60 ? "*" : cron.minutes.join(","),
    cron.everyHour ? "*" : cron.hours.join(","),
    cron.isDayOfMonthRestricted ? days : "*",
    valuesOf(cron.months).length === 12 ? "*" : valuesOf(cron.months).join(","),
    cron.isWeekdayRestricted ? valuesOf(cron.weekdays).join(",") : "*",
  ].join(" ");
}

function valuesOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((mask >>> bit) & 1) === 1);
}
