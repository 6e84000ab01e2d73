import { DateTime } from "luxon";

/**
 * An instant in a zone, for people: ISO 8601 with the zone's offset at that instant,
 * `2024-03-10T00:00:00-05:00`, and `Z` in UTC. With milliseconds unless they are 0.
 *
 * @param instant milliseconds since 1970, or ISO 8601
 * @param timezone an IANA name; UTC is used for any other text
 */
export function zonedInstant(instant: number | string, timezone: string): string {
  const ms = typeof instant === "number" ? instant : Date.parse(instant);
  const zoned = DateTime.fromMillis(ms, { zone: timezone });
  const written = zoned.toISO({ suppressMilliseconds: true });
  return written ?? new Date(ms).toISOString();
}
