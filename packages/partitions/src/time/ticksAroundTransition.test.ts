import { describe, expect, test } from "vitest";
import { parseCron } from "./cron.ts";
import { tickCalendar } from "./tickCalendar.ts";
import type { ZoneTransition } from "./timeZone.ts";
import { ticksAroundTransition } from "./ticksAroundTransition.ts";

const hourMs = 3_600_000;
/** A wall time of 1970-01-01 as milliseconds. */
const wall = (time: string): number => Date.parse(`1970-01-01T${time}Z`);

/** The instants, as what UTC shows, of a cron's ticks around a change of the clock at that wall time. */
function around(cronText: string, wallBefore: string, hours: number): string[] {
  const cron = parseCron(cronText);
  const transition: ZoneTransition = {
    atMs: wall(wallBefore),
    offsetBeforeMs: 0,
    offsetAfterMs: hours * hourMs,
  };
  const ticks = ticksAroundTransition(cron, tickCalendar(cron), transition);
  return ticks.map((ms) => new Date(ms).toISOString().slice(11, 16));
}

describe("of a wall time that occurs twice", () => {
  test.each([
    ["00:30", "30 0 * * *", "01:00", ["00:30"]],
    ["00:59", "59 0 * * *", "01:00", ["00:59"]],
    ["01:00", "0 1 * * *", "02:00", ["02:00"]],
    ["01:59", "59 1 * * *", "02:00", ["02:59"]],
    ["02:30", "30 2 * * *", "03:00", ["03:30"]],
    ["03:00", "0 3 * * *", "04:00", ["04:00"]],
    ["03:59", "59 3 * * *", "04:00", ["04:59"]],
    ["04:00", "0 4 * * *", "05:00", ["04:00"]],
    ["23:30", "30 23 * * *", "23:59", ["23:30"]],
  ])(
    "a cron with an hour ticks once: later from 01:00 to 03:59, earlier otherwise (%s)",
    (_, cron, before, expected) => {
      expect(around(cron, before, -1)).toEqual(expected);
    },
  );

  test("a cron of every hour ticks twice", () => {
    expect(around("*/30 * * * *", "02:00", -1)).toEqual(["01:00", "01:30", "02:00", "02:30"]);
  });

  test("ticks on both sides of 04:00 come in the order of their instants", () => {
    expect(around("0,45 3,4 * * *", "04:30", -1)).toEqual(["04:00", "04:45"]);
  });
});

describe("of a wall time that does not occur", () => {
  test("a cron with an hour ticks once, at the first instant after the gap", () => {
    expect(around("0,30 2 * * *", "02:00", 1)).toEqual(["02:00"]);
    expect(around("30 0 * * *", "00:00", 1)).toEqual(["00:00"]);
    expect(around("15 1,2 * * *", "01:00", 2)).toEqual(["01:00"]);
  });

  test("a cron of every hour does not tick, but for the first time after the gap", () => {
    expect(around("0 * * * *", "02:00", 1)).toEqual(["02:00"]);
    expect(around("30 * * * *", "02:00", 1)).toEqual([]);
    expect(around("0 * * * *", "02:00", 0.5)).toEqual([]);
  });
});
