import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyTimeWindowPartitions, zonesOfInterest } from "../testing/anyDefinition.ts";
import { naiveTicks } from "../testing/naiveTicks.ts";
import { timeZone } from "../time/timeZone.ts";
import { zoneTable } from "../time/zoneTable.ts";
import {
  countPartitions,
  firstPartition,
  lastPartition,
  partitionKeyAt,
  partitionOfKey,
  timeWindowAt,
} from "./partitionAnswers.ts";
import { partitionKeys } from "./partitionKeys.ts";
import { partitionAtInstant } from "./timeWindowAnswers.ts";
import { timeWindowEngine } from "./timeWindowEngine.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

const dayMs = 86_400_000;
const from1900Ms = Date.UTC(1900, 0);
const to2100Ms = Date.UTC(2100, 0);

/** An instant from 1900 to 2100, mostly near a change of the definition's zone. */
function anyInstantFor({ timezone }: TimeWindowPartitions): fc.Arbitrary<number> {
  const changes = zoneTable(timeZone(timezone), from1900Ms, to2100Ms).transitions.filter(
    ({ atMs }) => atMs > from1900Ms && atMs < to2100Ms,
  );
  const anywhere = fc
    .integer({ min: from1900Ms / 60_000, max: to2100Ms / 60_000 })
    .map((minute) => minute * 60_000);
  if (changes.length === 0) return anywhere;
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -2000, max: 2000 }))
    .map(([{ atMs }, minutes]) => atMs + minutes * 60_000);
  return fc.oneof(near, near, anywhere);
}

const anyDefinitionAndInstant = fc
  .integer({ min: 0, max: zonesOfInterest.length - 1 })
  .chain((zone) => anyTimeWindowPartitions({ timezone: zonesOfInterest[zone] ?? "UTC" }))
  .chain((definition) => fc.tuple(fc.constant(definition), anyInstantFor(definition)));

describe("time windows from 1900 to 2100 in eighteen zones", () => {
  test("tile time: the end of each is the start of the next, and every instant lies in exactly one", () => {
    fc.assert(
      fc.property(anyDefinitionAndInstant, ([definition, ms]) => {
        const ordinal = partitionAtInstant(definition, ms) ?? Number.NaN;
        const window = timeWindowAt(definition, [ordinal]);
        expect(window?.startMs).toBeLessThanOrEqual(ms);
        expect(window?.endMs).toBeGreaterThan(ms);
        for (let next = ordinal - 3; next < ordinal + 3; next++) {
          const [a, b] = [timeWindowAt(definition, [next]), timeWindowAt(definition, [next + 1])];
          expect(a?.endMs).toBe(b?.startMs);
          expect(a?.startMs).toBeLessThan(a?.endMs ?? 0);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("go from ordinal to key and back, and from ordinal to window and back", () => {
    fc.assert(
      fc.property(anyDefinitionAndInstant, ([definition, ms]) => {
        const { ticks, keyAt, ordinalOfKey } = timeWindowEngine(definition);
        const ordinal = partitionAtInstant(definition, ms) ?? Number.NaN;
        for (let near = ordinal - 4; near <= ordinal + 4; near++) {
          expect(ordinalOfKey(keyAt(near))).toBe(near);
          expect(ticks.ordinalAtOrAfter(ticks.instantAt(near))).toBe(near);
          expect(ticks.ordinalAtOrAfter(ticks.instantAt(near) + 1)).toBe(near + 1);
          expect(ticks.tickAt(near).startMs).toBe(ticks.instantAt(near));
        }
      }),
      { numRuns: 400 },
    );
  });

  test("are those of a model that asks luxon about each minute", () => {
    fc.assert(
      fc.property(anyDefinitionAndInstant, ([definition, ms]) => {
        const reach =
          definition.cron.startsWith("0 0 ") || definition.cadence === "cron"
            ? 5 * dayMs
            : 2 * dayMs;
        const { ticks } = timeWindowEngine(definition);
        const expected = naiveTicks(definition.cron, definition.timezone, ms - reach, ms + reach);
        const first = ticks.ordinalAtOrAfter(ms - reach);
        const found = Array.from({ length: expected.length }, (_, index) =>
          ticks.instantAt(first + index),
        );
        expect(found).toEqual(expected);
        expect(ticks.instantAt(first + expected.length)).toBeGreaterThan(ms + reach);
      }),
      { numRuns: 120 },
    );
  });

  test("keep their ordinals whatever start, end, offset and exclusions say", () => {
    fc.assert(
      fc.property(
        anyTimeWindowPartitions({ startYears: [1990, 2030], withExclusions: true }),
        anyTimeWindowPartitions({ startYears: [1990, 2030] }),
        (definition, other) => {
          const moved = {
            ...definition,
            start: other.start,
            end: "2050-01-01",
            endOffset: 3,
            exclusions: [],
          };
          const ordinal = partitionAtInstant(moved, Date.UTC(2020, 5, 1)) ?? Number.NaN;
          expect(timeWindowAt(moved, [ordinal])).toEqual(timeWindowAt(definition, [ordinal]));
        },
      ),
    );
  });
});

describe("the partitions that exist", () => {
  const anyShort = fc
    .tuple(
      anyTimeWindowPartitions({ startYears: [1995, 2030], withExclusions: true }),
      fc.integer({ min: 0, max: 25 }),
      fc.constantFrom(0, 0, 1, 2, -1, -2),
    )
    .map(([definition, days, endOffset]) => ({
      definition: { ...definition, endOffset },
      context: { nowMs: Date.parse(definition.start) + days * dayMs },
    }));

  test("are counted, listed, found by key and paged alike", () => {
    fc.assert(
      fc.property(anyShort, fc.nat(50), fc.nat(50), ({ definition, context }, offset, limit) => {
        const keys = [...partitionKeys(definition, context)];
        expect(countPartitions(definition, context)).toBe(keys.length);
        expect(new Set(keys).size).toBe(keys.length);
        const first = firstPartition(definition, context);
        const last = lastPartition(definition, context);
        expect(first && partitionKeyAt(definition, first, context)).toBe(keys[0]);
        expect(last && partitionKeyAt(definition, last, context)).toBe(keys.at(-1));
        expect([...partitionKeys(definition, context, { offset, limit })]).toEqual(
          keys.slice(offset, offset + limit),
        );
        expect([
          ...partitionKeys(definition, context, { offset, limit, descending: true }),
        ]).toEqual(keys.toReversed().slice(offset, offset + limit));
        for (const key of keys.slice(0, 20)) {
          const found = partitionOfKey(definition, key, context);
          expect(found && partitionKeyAt(definition, found, context)).toBe(key);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("are those of a model that filters the base windows", () => {
    fc.assert(
      fc.property(anyShort, ({ definition, context }) => {
        const startMs = timeWindowEngine(definition).ticks.instantOfWallTime(
          Date.parse(definition.start),
        );
        const spanMs = context.nowMs - startMs + 8 * dayMs;
        const ticks = naiveTicks(
          definition.cron,
          definition.timezone,
          startMs - 3 * dayMs,
          startMs + spanMs,
        );
        const gone = new Set(
          definition.exclusions.flatMap((exclusion) =>
            "cron" in exclusion
              ? naiveTicks(
                  exclusion.cron,
                  definition.timezone,
                  startMs - 3 * dayMs,
                  startMs + spanMs,
                )
              : [],
          ),
        );
        const kept = ticks
          .slice(0, -1)
          .flatMap((tick, index) =>
            gone.has(tick) ? [] : [[tick, ticks[index + 1] ?? 0] as const],
          );
        const ended = kept.filter(([, end]) => end <= context.nowMs).length;
        const expected = kept
          .slice(0, Math.max(0, ended + definition.endOffset))
          .filter(([start]) => start >= startMs);
        const found = [...partitionKeys(definition, context)].map((key) => {
          const window = timeWindowAt(definition, partitionOfKey(definition, key, context) ?? []);
          return [window?.startMs, window?.endMs];
        });
        // Windows longer than the model looks at (quarters, years) are compared as far as it sees.
        fc.pre(
          kept.length > Math.abs(definition.endOffset) + 1 &&
            ended + definition.endOffset < kept.length,
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
