import { parseCron } from "../time/cron.ts";
import { canonicalCron } from "../time/canonicalCron.ts";
import { InfillError } from "../errors/infillError.ts";
import { timeZone } from "../time/timeZone.ts";
import { axisLayout } from "./axes.ts";
import { hasDimensions } from "./axisKinds.ts";
import type { AxisDefinition, PartitionsDefinition } from "./partitionsDefinition.ts";

const fingerprints = new WeakMap<PartitionsDefinition, string>();
const allHours = Array.from({ length: 24 }, (_, hour) => hour).join();

/**
 * Readable text of what a definition's coordinates mean: kind, boundaries, zone and dimension
 * names. Without start, end, end offset, exclusions, static keys and key format, because these may
 * change without changing a coordinate's meaning. Definitions with equal texts can read each
 * other's state.
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
  if (!hasDimensions(definition)) return describeAxis(definition);
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

/**
 * Whether a registered fingerprint has the same meaning as another one. Until 0.3 a fingerprint
 * kept some of a cron's spelling (`1,2,…,31` for the days); such a text is read as its set. An
 * exception: if the zone's clock changes, 24 hours written one by one stay different. They ticked
 * once in a repeated hour then, so their ordinals count other windows.
 */
export function isSameFingerprint(recorded: string, fingerprint: string): boolean {
  if (recorded === fingerprint) return true;
  const read = recorded.replaceAll(
    /(^|; |\()([^;()]*: )?time windows of ((?:\S+ ){4}\S+) in ([^;)]+)/g,
    (whole, before: string, name: string | undefined, text: string, zone: string) => {
      if (!isPossible(text, zone) || isSpelledEveryHour(text, zone)) return whole;
      return `${before}${name ?? ""}time windows of ${canonicalCron(parseCron(text))} in ${zone}`;
    },
  );
  return read === fingerprint;
}

/** Whether a definition can have a registered cron and zone: the text may be damaged. */
export function isPossible(cron: string, zone: string): boolean {
  try {
    parseCron(cron);
    timeZone(zone);
    return true;
  } catch (error) {
    if (error instanceof InfillError) return false;
    throw error;
  }
}

/**
 * Whether a registered cron names all 24 hours one by one in a zone whose clock changes: until 0.3
 * its ordinals counted other windows.
 */
export function isSpelledEveryHour(cron: string, zone: string): boolean {
  return cron.split(" ")[1] === allHours && timeZone(zone).fixedOffsetMs === undefined;
}
