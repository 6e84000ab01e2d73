import { TimeZoneError } from "../errors/definitionErrors.ts";
import { nearestName } from "../errors/nearestName.ts";
import { createOffsetReader } from "./createOffsetReader.ts";

/** One change of a zone's offset from UTC. */
export interface ZoneTransition {
  readonly atMs: number;
  readonly offsetBeforeMs: number;
  readonly offsetAfterMs: number;
}

/** A time zone: IANA rules, or a fixed offset. */
export interface TimeZone {
  /** The canonical spelling of the requested name. */
  readonly name: string;
  /** The offset, if it never changes. */
  readonly fixedOffsetMs: number | undefined;
  /** Offset from UTC at the instant, in milliseconds; positive east of Greenwich. Slow: asks the runtime. */
  offsetAt(ms: number): number;
}

const zones = new Map<string, TimeZone>();
const fixedOffset = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;

/**
 * The zone of a name: an IANA name in any case (`Europe/Berlin`), `UTC`, or a fixed offset
 * (`+02:00`, `UTC+2`).
 *
 * @throws TimeZoneError if there is none of that name
 */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

/** Whether two names mean the same rules, for example an old and a new name of one place. */
export function isSameZone(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [timeZone(a), timeZone(b)];
  if (first.fixedOffsetMs !== undefined || second.fixedOffsetMs !== undefined) {
    return first.fixedOffsetMs === second.fixedOffsetMs;
  }
  return runtimeName(a) === runtimeName(b);
}

function createZone(name: string): TimeZone {
  const match = fixedOffset.exec(name);
  if (match !== null) {
    const [, sign, hours, minutes = "0"] = match;
    const total = Number(hours) * 60 + Number(minutes);
    if (Number(minutes) < 60 && total <= 14 * 60) return fixedZone(sign === "-" ? -total : total);
  }
  const resolved =
    typeof name === "string" && name !== "" && match === null ? runtimeName(name) : undefined;
  if (resolved === undefined) {
    throw new TimeZoneError(
      name,
      typeof name === "string" ? nearestName(name, Intl.supportedValuesOf("timeZone")) : undefined,
    );
  }
  if (/^(?:etc\/)?(?:utc|gmt|zulu|universal|uct|greenwich|gmt0|gmt[+-]0)$/i.test(name))
    return fixedZone(0);
  const offsetAt = createOffsetReader(resolved);
  return { name: canonicalSpelling(name, resolved), fixedOffsetMs: undefined, offsetAt };
}

function fixedZone(minutes: number): TimeZone {
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, "0");
  const rest = String(Math.abs(minutes) % 60).padStart(2, "0");
  const name = minutes === 0 ? "UTC" : `${minutes < 0 ? "-" : "+"}${hours}:${rest}`;
  return { name, fixedOffsetMs: minutes * 60_000, offsetAt: () => minutes * 60_000 };
}

function runtimeName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * The runtime replaces an old name by another one of the same place (`Asia/Kolkata` by
 * `Asia/Calcutta`), depending on its version. So this corrects only the case of the name.
 */
function canonicalSpelling(written: string, resolved: string): string {
  if (written.toLowerCase() === resolved.toLowerCase()) return resolved;
  if (written !== written.toLowerCase() && written !== written.toUpperCase()) return written;
  if (!written.includes("/")) return written.toUpperCase();
  const small = new Set(["au", "es", "of"]);
  return written
    .toLowerCase()
    .replaceAll(/[a-z]+/g, (word) =>
      small.has(word) ? word : word[0]?.toUpperCase() + word.slice(1),
    )
    .replace(/^Us\//, "US/");
}
