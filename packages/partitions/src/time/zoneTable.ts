import type { TimeZone, ZoneTransition } from "./timeZone.ts";

/** Every transition of a zone within `[fromMs, toMs)`, ascending. */
export interface ZoneTable {
  readonly fromMs: number;
  readonly toMs: number;
  /** The offset in force at `fromMs`. */
  readonly firstOffsetMs: number;
  readonly transitions: readonly ZoneTransition[];
}

/** A 32nd of the 400 years after which the calendar repeats. */
const chunkMs = (146_097 * 86_400_000) / 32;
const cycleChunks = 32;
/** No zone has changed its offset before this. */
const firstChunk = Math.floor(Date.UTC(1800, 0) / chunkMs);
/**
 * From here on every zone follows rules that repeat with the calendar, so the cycle before gives
 * the later ones.
 */
const repeatingChunk = Math.floor(Date.UTC(2500, 0) / chunkMs);
/**
 * The two closest transitions of one zone are seven days apart (Boa Vista, 2000), so this cannot
 * miss one.
 */
const probeMs = 4 * 86_400_000;

const chunks = new WeakMap<TimeZone, Map<number, readonly ZoneTransition[]>>();

/**
 * A table that covers at least 1970 to the instant; more if that costs nothing. Asks the runtime
 * once for each twelve and a half years (about five milliseconds), and caches the answer.
 */
export function zoneTable(zone: TimeZone, fromMs: number, toMs: number): ZoneTable {
  if (zone.fixedOffsetMs !== undefined) {
    return {
      fromMs: -Infinity,
      toMs: Infinity,
      firstOffsetMs: zone.fixedOffsetMs,
      transitions: [],
    };
  }
  const from = Math.floor(Math.min(fromMs, 0) / chunkMs);
  const to = Math.floor(Math.max(toMs, 0) / chunkMs) + 1;
  const transitions: ZoneTransition[] = [];
  for (let chunk = Math.max(from, firstChunk); chunk < to; chunk++) {
    transitions.push(...transitionsOfChunk(zone, chunk));
  }
  return {
    fromMs: from < firstChunk ? -Infinity : from * chunkMs,
    toMs: to * chunkMs,
    firstOffsetMs: transitions[0]?.offsetBeforeMs ?? zone.offsetAt(from * chunkMs),
    transitions,
  };
}

function transitionsOfChunk(zone: TimeZone, chunk: number): readonly ZoneTransition[] {
  let known = chunks.get(zone);
  if (known === undefined) {
    known = new Map();
    chunks.set(zone, known);
  }
  let found = known.get(chunk);
  if (found === undefined) {
    found = chunk < repeatingChunk ? scan(zone, chunk * chunkMs) : repeat(zone, chunk);
    known.set(chunk, found);
  }
  return found;
}

function repeat(zone: TimeZone, chunk: number): readonly ZoneTransition[] {
  const cycles = Math.floor((chunk - repeatingChunk) / cycleChunks) + 1;
  const laterMs = cycles * cycleChunks * chunkMs;
  return transitionsOfChunk(zone, chunk - cycles * cycleChunks).map((transition) => ({
    ...transition,
    atMs: transition.atMs + laterMs,
  }));
}

function scan(zone: TimeZone, chunkStartMs: number): readonly ZoneTransition[] {
  const found: ZoneTransition[] = [];
  const endMs = chunkStartMs + chunkMs;
  // Starts a second early, so that a transition at the very start belongs to this chunk.
  let beforeMs = chunkStartMs - 1000;
  let offsetBeforeMs = zone.offsetAt(beforeMs);
  while (beforeMs < endMs) {
    const afterMs = Math.min(endMs, beforeMs + probeMs);
    const offsetAfterMs = zone.offsetAt(afterMs);
    if (offsetAfterMs !== offsetBeforeMs) {
      found.push({
        atMs: firstInstantWithout(zone, offsetBeforeMs, beforeMs, afterMs),
        offsetBeforeMs,
        offsetAfterMs,
      });
    }
    beforeMs = afterMs;
    offsetBeforeMs = offsetAfterMs;
  }
  return found.filter((transition) => transition.atMs < endMs);
}

function firstInstantWithout(
  zone: TimeZone,
  offsetMs: number,
  fromMs: number,
  toMs: number,
): number {
  let low = Math.floor(fromMs / 1000);
  let high = Math.ceil(toMs / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle * 1000) === offsetMs) low = middle;
    else high = middle;
  }
  return high * 1000;
}
