import { DefinitionOptionError, KeyFormatError } from "../errors/definitionErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { type Cron, parseCron } from "../time/cron.ts";
import { keyFormat } from "../time/keyFormat.ts";
import { timeZone } from "../time/timeZone.ts";
import { type DateReader, readDate } from "./readDate.ts";
import type { Exclusion, TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** Checks and normalizes a time-window definition. */
export function createTimeWindowPartitions(
  written: Omit<TimeWindowPartitions, "kind">,
): TimeWindowPartitions {
  const cron = parseCron(written.cron);
  const { name: timezone } = timeZone(written.timezone);
  assertTellsApart(written.keyFormat, cron);
  const reader: DateReader = { keyFormat: written.keyFormat, timezone, cron };
  return Object.freeze({
    kind: "timeWindow",
    ...written,
    start: readDate(written.start, "start", reader),
    end: written.end === undefined ? undefined : readDate(written.end, "end", reader),
    cron: cron.text,
    timezone,
    exclusions: Object.freeze(exclusionsOf(written.exclusions, reader)),
  });
}

/** Most different sets of times of day of all exclusions by cron. */
const mostExcludedTimes = 30;

function exclusionsOf(exclusions: readonly Exclusion[], reader: DateReader): Exclusion[] {
  const checked = checkExclusions(exclusions, reader);
  const times = new Set(
    checked.map((exclusion) => {
      if (!("cron" in exclusion)) return "";
      const { minutes, hours } = parseCron(exclusion.cron);
      return `${minutes.join()} ${hours.join()}`;
    }),
  );
  if (times.size <= mostExcludedTimes) return checked;
  throw new DefinitionOptionError(
    "exclusions",
    `its crons tick at ${times.size} different times of day; expected at most ${mostExcludedTimes}`,
  );
}

function checkExclusions(exclusions: readonly Exclusion[], reader: DateReader): Exclusion[] {
  if (!Array.isArray(exclusions)) {
    throw new DefinitionOptionError(
      "exclusions",
      `expected a list of { cron } or { at }, got ${quoteValue(exclusions)}`,
    );
  }
  return exclusions.map((exclusion: Exclusion) => {
    // With both `cron` and `at` one would be ignored silently, and an unknown key has no effect.
    if (
      exclusion !== null &&
      typeof exclusion === "object" &&
      Object.keys(exclusion).length === 1
    ) {
      if ("cron" in exclusion) return Object.freeze({ cron: parseCron(exclusion.cron).text });
      if ("at" in exclusion)
        return Object.freeze({ at: readDate(exclusion.at, "excluded time", reader) });
    }
    throw new DefinitionOptionError(
      "exclusions",
      `expected { cron: "0 0 * * 6" } or { at: "2024-01-01" } and no other key, got ${quoteValue(exclusion)}`,
    );
  });
}

/**
 * A format must print everything that differs between two ticks of the cron, or two partitions
 * would share a key.
 */
function assertTellsApart(text: string, cron: Cron): void {
  const { directives } = keyFormat(text);
  const months = cron.months & (cron.months - 1);
  const needed: readonly (readonly [directive: string, isNeeded: boolean, what: string])[] = [
    ["Y", true, "years"],
    ["m", months !== 0, "months"],
    ["d", hasSeveralDaysAMonth(cron), "days"],
    ["H", cron.hours.length > 1, "hours"],
    ["M", cron.minutes.length > 1, "minutes"],
  ];
  for (const [directive, isNeeded, what] of needed) {
    if (!isNeeded || directives.has(directive)) continue;
    throw new KeyFormatError(
      text,
      `without %${directive} partitions of "${cron.text}" in different ${what} would have the same key`,
    );
  }
}

function hasSeveralDaysAMonth({ days: { by, dates, last } }: Cron): boolean {
  if (by !== "dates") return true;
  const single = (dates & (dates - 1)) === 0;
  return !single || (last && dates !== 0);
}
