import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronPartitions, daily, hourly } from "../definitions/cadences.ts";
import { fingerprintOf, isSameFingerprint } from "../definitions/fingerprint.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import { ticksOf, timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import { zonesOfInterest } from "../testing/anyDefinition.ts";
import { anySpelledCron } from "../testing/anyCronSpelling.ts";
import { naiveTicksOfSets } from "../testing/naiveTicks.ts";
import { canonicalCron } from "./canonicalCron.ts";
import { parseCron } from "./cron.ts";
import { timeZone } from "./timeZone.ts";

const dayMs = 86_400_000;
/** Instants near a change of the clock in one of the zones. */
const nearChanges = [
  "2024-03-10",
  "2024-11-03",
  "2025-03-30",
  "2025-10-26",
  "2018-11-04",
  "2024-04-07",
  "2011-12-30",
].map((date) => Date.parse(date));

describe("a cron means the sets of its fields", () => {
  test("so each spelling has the ticks of a model of the sets", () => {
    fc.assert(
      fc.property(
        anySpelledCron(1),
        fc.constantFrom(...zonesOfInterest),
        fc.constantFrom(...nearChanges),
        ({ sets, texts: [text = ""] }, zone, near) => {
          let cron;
          try {
            cron = parseCron(text);
          } catch {
            expect(naiveTicksOfSets(sets, zone, near, near + 366 * dayMs)).toEqual([]);
            return;
          }
          const ticks = ticksOf(cron, timeZone(zone));
          const [fromMs, toMs] = [near - 3 * dayMs, near + 5 * dayMs];
          const found: number[] = [];
          for (let at = ticks.ordinalAtOrAfter(fromMs); ticks.instantAt(at) <= toMs; at++)
            found.push(ticks.instantAt(at));
          expect(found).toEqual(naiveTicksOfSets(sets, zone, fromMs, toMs));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("so all spellings of one set have one fingerprint, which parses to the same cron", () => {
    fc.assert(
      fc.property(anySpelledCron(2), fc.constantFrom(...zonesOfInterest), ({ texts }, timezone) => {
        const written = texts.flatMap((cron) => {
          try {
            return [cronPartitions({ cron, start: "2024-01-01", timezone, keyFormat })];
          } catch {
            return [];
          }
        });
        const [a, b] = written;
        if (a === undefined || b === undefined) {
          expect(written).toEqual([]);
          return;
        }
        expect(fingerprintOf(a)).toBe(fingerprintOf(b));
        expect(timeWindowEngine(a).ticks).toBe(timeWindowEngine(b).ticks);
        const canonical = canonicalCron(parseCron(a.cron));
        expect(canonicalCron(parseCron(canonical))).toBe(canonical);
      }),
      { numRuns: 100 },
    );
  });
});

const keyFormat = "%Y-%m-%d-%H:%M";
const context = { nowMs: Date.UTC(2026, 0) };
const keysOf = (cron: string, timezone: string, start: string, end: string): string[] => [
  ...partitionKeys(cronPartitions({ cron, timezone, start, end, keyFormat }), context),
];

describe("of one set", () => {
  test.each(["0 * * * *", "0 */1 * * *", "0 0-23 * * *", "0 0-11,12-23 * * *", "0 *,5 * * *"])(
    "%s has the 25 hours of a day on which the clock goes back",
    (cron) => {
      const keys = keysOf(cron, "America/New_York", "2024-11-03", "2024-11-04");
      expect(keys).toHaveLength(25);
      expect(keys[2]).toBe("2024-11-03-01:00-0500");
    },
  );

  test("*/15 0-23 has the 100 quarters of that day in London", () => {
    const quarters = (cron: string): string[] =>
      keysOf(cron, "Europe/London", "2025-10-26", "2025-10-27");
    expect(quarters("*/15 0-23 * * *")).toHaveLength(100);
    expect(quarters("0-59/15 */1 * * *")).toEqual(quarters("*/15 * * * *"));
  });

  test.each([
    ["0 0 */1 * 1", 31],
    ["0 0 1-31 * MON", 31],
    ["0 0 * * 1", 5],
    ["0 0 *,7 * 1", 5],
    ["0 0 5 * *", 1],
    ["0 0 5 * 0-6", 31],
    ["0 0 5 * MON-SUN", 31],
    ["0 0 1-30,L * 3", 31],
    ["0 0 L,15 * 1", 7],
    ["0 0 1 * 7/2", 18],
  ])("%s ticks on %i days of December 2024", (cron, days) => {
    const keys = keysOf(cron, "UTC", "2024-12-01", "2025-03-01");
    expect(keys.filter((key) => key.startsWith("2024-12")).length).toBe(days);
  });
});

describe("a fingerprint that was recorded under another spelling", () => {
  const fixed = fingerprintOf(hourly({ start: "2024-01-01" }));
  const hours = Array.from({ length: 24 }, (_, hour) => hour).join();

  test("is the definition's if its ordinals mean the same windows", () => {
    expect(isSameFingerprint(`time windows of 0 ${hours} * * * in UTC`, fixed)).toBe(true);
    const dates = Array.from({ length: 31 }, (_, date) => date + 1).join();
    const everyDay = fingerprintOf(daily({ start: "2024-01-01", timezone: "Europe/Berlin" }));
    const recorded = `time windows of 0 0 ${dates} * 1 in Europe/Berlin`;
    expect(isSameFingerprint(recorded, everyDay)).toBe(true);
    expect(
      isSameFingerprint(
        `multi(a: static; date: ${recorded})`,
        `multi(a: static; date: ${everyDay})`,
      ),
    ).toBe(true);
  });

  test("is not the definition's if it counted one tick in each repeated hour", () => {
    const berlin = fingerprintOf(hourly({ start: "2024-01-01", timezone: "Europe/Berlin" }));
    expect(isSameFingerprint(`time windows of 0 ${hours} * * * in Europe/Berlin`, berlin)).toBe(
      false,
    );
    expect(isSameFingerprint("time windows of 0 0 * * 1 in UTC", fixed)).toBe(false);
  });

  test.each([
    "time windows of -1 0 * * * in UTC",
    "time windows of 0 0 31 2 * in UTC",
    `time windows of 0 ${hours} * * * in Nowhere`,
  ])("is not the definition's if no definition can have it: %s", (recorded) => {
    expect(isSameFingerprint(recorded, fixed)).toBe(false);
  });
});
