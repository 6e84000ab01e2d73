import { expect, test } from "vitest";
import { integers } from "../integers/integerQueries.ts";
import { parseCron } from "./cron.ts";
import { keptTicks } from "./keptTicks.ts";
import { tickCalendar } from "./tickCalendar.ts";
import { zonedTicks } from "./ticks.ts";
import { timeZone } from "./timeZone.ts";

const ticks = zonedTicks(tickCalendar(parseCron("0 0 * * *")), timeZone("UTC"), () => []);
const day = 86_400_000;

/** Excluded days as ordinals (0 is 1970-01-01), and the days of ranks 0 to 4. */
test.each([
  { excluded: [], days: [0, 1, 2, 3, 4] },
  { excluded: [0], days: [1, 2, 3, 4, 5] },
  { excluded: [2], days: [0, 1, 3, 4, 5] },
  { excluded: [2, 3], days: [0, 1, 4, 5, 6] },
  { excluded: [4], days: [0, 1, 2, 3, 5] },
  { excluded: [1, 3], days: [0, 2, 4, 5, 6] },
  { excluded: [5, 3, 1, 3], days: [0, 2, 4, 6, 7] },
])("the ranks step over the single excluded instants $excluded", ({ excluded, days }) => {
  const kept = keptTicks(
    ticks,
    ticks,
    excluded.map((ordinal) => ordinal * day),
  );
  expect([0, 1, 2, 3, 4].map((rank) => kept.ordinalAt(rank))).toEqual(days);
  expect(days.map((ordinal) => kept.rankOf(ordinal))).toEqual([0, 1, 2, 3, 4]);
  const all = Array.from({ length: (days.at(-1) ?? 0) + 1 }, (_, ordinal) => ordinal);
  expect(all.filter((ordinal) => kept.isKept(ordinal))).toEqual(days);
  expect([...integers(kept.within(0, all.length))]).toEqual(days);
});

test("an excluded instant between two ticks removes none", () => {
  const kept = keptTicks(ticks, ticks, [day + 1, day - 1]);
  expect([0, 1, 2, 3].map((rank) => kept.ordinalAt(rank))).toEqual([0, 1, 2, 3]);
});
