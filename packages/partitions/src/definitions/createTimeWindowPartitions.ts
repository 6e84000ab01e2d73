import { DefinitionOptionError, KeyFormatError } from "../errors/definitionErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { type Cron, parseCron } from "../time/cron.ts";
import { keyFormat } from "../time/keyFormat.ts";
import { timeZone } from "../time/timeZone.ts";
import { parseWallTime } from "../time/wallTime.ts";
import type { Exclusion, TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** Checks every part of a time-window definition and gives it its one form. */
export function createTimeWindowPartitions(
  written: Omit<TimeWindowPartitions, "kind">,
): TimeWindowPartitions {
  const cron = parseCron(written.cron);
  const { name: timezone } = timeZone(written.timezone);
  parseWallTime(written.start, "start");
  if (written.end !== undefined) parseWallTime(written.end, "end");
  assertTellsApart(written.keyFormat, cron);
  return Object.freeze({
    kind: "timeWindow",
    ...written,
    cron: cron.text,
    timezone,
    exclusions: Object.freeze(exclusionsOf(written.exclusions)),
  });
}

/** Exclusions by cron may tick at this many different sets of times of day. */
const mostExcludedTimes = 30;

function exclusionsOf(exclusions: readonly Exclusion[]): Exclusion[] {
  const checked = checkExclusions(exclusions);
  const times = new Set(
    checked.map((exclusion) => {
      if (!("cron" in exclusion)) return "";
      const [minute, hour] = exclusion.cron.split(" ");
      return `${minute} ${hour}`;
    }),
  );
  if (times.size <= mostExcludedTimes) return checked;
  throw new DefinitionOptionError(
    "exclusions",
    `its crons tick at ${times.size} different times of day; at most ${mostExcludedTimes} are handled`,
  );
}

function checkExclusions(exclusions: readonly Exclusion[]): Exclusion[] {
  if (!Array.isArray(exclusions)) {
    throw new DefinitionOptionError(
      "exclusions",
      `expected a list of { cron } or { at }, got ${quoteValue(exclusions)}`,
    );
  }
  return exclusions.map((exclusion: Exclusion) => {
    if (exclusion !== null && typeof exclusion === "object") {
      if ("cron" in exclusion) return Object.freeze({ cron: parseCron(exclusion.cron).text });
      if ("at" in exclusion) {
        parseWallTime(exclusion.at, "excluded time");
        return Object.freeze({ at: exclusion.at });
      }
    }
    throw new DefinitionOptionError(
      "exclusions",
      `expected { cron: "0 0 * * 6" } or { at: "2024-01-01" }, got ${quoteValue(exclusion)}`,
    );
  });
}

/** A format has to print whatever differs between two ticks of the cron, or two partitions would share a key. */
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
      `without %${directive} the partitions of "${cron.text}" in different ${what} would share a key`,
    );
  }
}

function hasSeveralDaysAMonth(cron: Cron): boolean {
  if (cron.isWeekdayRestricted || !cron.isDayOfMonthRestricted) return true;
  const single = (cron.daysOfMonth & (cron.daysOfMonth - 1)) === 0;
  return !single || (cron.lastDayOfMonth && cron.daysOfMonth !== 0);
}
