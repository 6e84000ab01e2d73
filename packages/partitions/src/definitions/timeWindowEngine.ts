import { canonicalCron } from "../time/canonicalCron.ts";
import { type Cron, parseCron } from "../time/cron.ts";
import { type KeyFormat, keyFormat, splitOffsetSuffix } from "../time/keyFormat.ts";
import { tickCalendar } from "../time/tickCalendar.ts";
import { type Ticks, zonedTicks } from "../time/ticks.ts";
import { ticksAroundTransition } from "../time/ticksAroundTransition.ts";
import { type TimeZone, timeZone, type ZoneTransition } from "../time/timeZone.ts";
import { parseWallTime } from "../time/wallTime.ts";
import { type KeptTicks, keptTicks, noneKept } from "../time/keptTicks.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** A compiled time-window definition. Cached for each definition. */
export interface TimeWindowEngine {
  /**
   * Every boundary of the cadence, including excluded ones; the ordinals of partitions count these.
   */
  readonly ticks: Ticks;
  /** The boundaries that are not excluded; undefined without exclusions. */
  readonly kept: KeptTicks | undefined;
  /** Ordinal of the first tick at or after the definition's start. */
  readonly firstOrdinal: number;
  /**
   * Ordinal after the last window that ends at or before the definition's end; Infinity without an
   * end.
   */
  readonly endOrdinal: number;
  readonly endOffset: number;
  keyAt(ordinal: number): string;
  /** The window that a key names, whether it exists or not; undefined for a text that is not written like a key. */
  ordinalOfKey(key: string): number | undefined;
  /**
   * Like {@link ordinalOfKey}, but accepts a key as a person may write it, and takes the next
   * window if none begins then.
   */
  ordinalNamed(text: string): number | undefined;
}

const engines = new WeakMap<TimeWindowPartitions, TimeWindowEngine>();
const cadences = new Map<string, Ticks>();

/** The engine of a definition. Definitions of the same cadence and zone share their ticks. */
export function timeWindowEngine(definition: TimeWindowPartitions): TimeWindowEngine {
  let engine = engines.get(definition);
  if (engine === undefined) {
    engine = createEngine(definition);
    engines.set(definition, engine);
  }
  return engine;
}

/** The ticks of a cron in a zone. */
export function ticksOf(cron: Cron, zone: TimeZone): Ticks {
  const name = `${canonicalCron(cron)} ${zone.name}`;
  let ticks = cadences.get(name);
  if (ticks === undefined) {
    ticks = zonedTicks(tickCalendar(cron), zone, ownTicks(cron));
    if (cadences.size >= 1000) cadences.clear();
    cadences.set(name, ticks);
  }
  return ticks;
}

function ownTicks(cron: Cron): (transition: ZoneTransition) => readonly number[] {
  const calendar = tickCalendar(cron);
  return (transition) => ticksAroundTransition(cron, calendar, transition);
}

function createEngine(definition: TimeWindowPartitions): TimeWindowEngine {
  const cron = parseCron(definition.cron);
  const zone = timeZone(definition.timezone);
  const ticks = ticksOf(cron, zone);
  const format = keyFormat(definition.keyFormat);
  const startMs = ticks.instantOfWallTime(parseWallTime(definition.start, "start"));
  const endMs =
    definition.end === undefined
      ? Infinity
      : ticks.instantOfWallTime(parseWallTime(definition.end, "end"));
  const firstOrdinal = ticks.ordinalAtOrAfter(startMs);
  return {
    ticks,
    kept: keptOf(definition, cron, zone, ticks),
    firstOrdinal,
    endOrdinal: Math.max(
      firstOrdinal,
      endMs === Infinity ? Infinity : ordinalAtOrBefore(ticks, endMs),
    ),
    endOffset: definition.endOffset,
    ...keysOf(ticks, format, cron.everyHour),
  };
}

/** The ordinal of the last tick at or before the instant. */
export function ordinalAtOrBefore(ticks: Ticks, ms: number): number {
  return ticks.ordinalAtOrAfter(Math.floor(ms) + 1) - 1;
}

function keptOf(
  definition: TimeWindowPartitions,
  cron: Cron,
  zone: TimeZone,
  ticks: Ticks,
): KeptTicks | undefined {
  if (definition.exclusions.length === 0) return undefined;
  const crons: Cron[] = [];
  const instants: number[] = [];
  for (const exclusion of definition.exclusions) {
    if ("cron" in exclusion) crons.push(parseCron(exclusion.cron));
    else instants.push(ticks.instantOfWallTime(parseWallTime(exclusion.at, "excluded time")));
  }
  const calendar = tickCalendar(cron, crons);
  if (calendar.isEmpty) return noneKept;
  const own = ownTicks(cron);
  const excluded = crons.map(ownTicks);
  const left = zonedTicks(calendar, zone, (transition) => {
    const gone = new Set(excluded.flatMap((around) => around(transition)));
    return own(transition).filter((ms) => !gone.has(ms));
  });
  return keptTicks(ticks, left, instants);
}

function keysOf(
  ticks: Ticks,
  format: KeyFormat,
  everyHour: boolean,
): Pick<TimeWindowEngine, "keyAt" | "ordinalOfKey" | "ordinalNamed"> {
  const marksRepeats = everyHour && !format.directives.has("z");
  const offsetFormat = keyFormat("%z");
  const keyAt = (ordinal: number): string => {
    const tick = ticks.tickAt(ordinal);
    const key = format.format(tick.wallMs, tick.offsetMs);
    return tick.isRepeated && marksRepeats ? key + offsetFormat.format(0, tick.offsetMs) : key;
  };
  const named = (text: string, parse: KeyFormat["parse"]): number | undefined => {
    const written = parse(text);
    if (written !== undefined) {
      const { wallMs, offsetMs } = written;
      return offsetMs === undefined
        ? ticks.ordinalOfWallTime(wallMs)
        : ticks.ordinalAtOrAfter(wallMs - offsetMs);
    }
    const suffixed = splitOffsetSuffix(text);
    const local = suffixed === undefined ? undefined : parse(suffixed.key);
    if (suffixed === undefined || local === undefined) return undefined;
    return ticks.ordinalAtOrAfter(local.wallMs - suffixed.offsetMs);
  };
  return {
    keyAt,
    ordinalOfKey(key) {
      const written = format.parse(key);
      if (written === undefined || written.offsetMs !== undefined) {
        const ordinal = named(key, format.parse);
        return ordinal !== undefined && keyAt(ordinal) === key ? ordinal : undefined;
      }
      const ordinal = ticks.ordinalOfWallTime(written.wallMs);
      const tick = ticks.tickAt(ordinal);
      // A key that was parsed exactly and has the tick's own wall time is the tick's key.
      const isItsKey = tick.wallMs === written.wallMs && !tick.isRepeated;
      return isItsKey || keyAt(ordinal) === key ? ordinal : undefined;
    },
    ordinalNamed: (text) => named(text, format.parseLoosely),
  };
}
