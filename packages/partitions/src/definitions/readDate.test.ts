import { describe, expect, test } from "vitest";
import { WallTimeError } from "../errors/definitionErrors.ts";
import { cronPartitions, daily, hourly, monthly } from "./cadences.ts";
import { partitionKeys } from "./partitionKeys.ts";

const context = { nowMs: Date.UTC(2026, 0) };

describe("a start, an end and an excluded time may be written like the keys", () => {
  test("and are kept as ISO dates", () => {
    const hours = hourly({ start: "2000-01-01-00:00", end: "2000-01-02-13:30" });
    expect([hours.start, hours.end]).toEqual(["2000-01-01", "2000-01-02T13:30"]);
    expect(monthly({ start: "202401", keyFormat: "%Y%m" }).start).toBe("2024-01-01");
    expect(daily({ start: "2024-01-05T06:00" }).start).toBe("2024-01-05T06:00");
  });

  test("and name the partitions that they name as keys", () => {
    const quarter = cronPartitions({
      cron: "*/15 * * * *",
      keyFormat: "%d.%m.%Y %H:%M",
      start: "05.01.2024 10:00",
      end: "05.01.2024 11:00",
      exclusions: [{ at: "05.01.2024 10:15" }],
      timezone: "Europe/Berlin",
    });
    expect([...partitionKeys(quarter, context)]).toEqual([
      "05.01.2024 10:00",
      "05.01.2024 10:30",
      "05.01.2024 10:45",
    ]);
  });

  test("with an offset too, unless the clock shows that time for the second time", () => {
    const timezone = "America/New_York";
    expect(hourly({ start: "2024-11-03-01:00-0400", timezone }).start).toBe("2024-11-03T01:00");
    expect(() => hourly({ start: "2024-11-03-01:00-0500", timezone })).toThrow(/twice/);
    const keyFormat = "%Y-%m-%dT%H:%M%z";
    expect(hourly({ start: "2024-06-01T00:00+0000", timezone, keyFormat }).start).toBe(
      "2024-05-31T20:00",
    );
  });

  test("but not in another format, nor as a date that does not exist", () => {
    expect(() => hourly({ start: "2000-01-01-00" })).toThrow(
      "or a time like the definition's keys, 2024-01-31-13:00",
    );
    expect(() => hourly({ start: "2000-02-30-00:00" })).toThrow(WallTimeError);
    expect(() => daily({ start: "2024-01-01", end: "02/01/2024" })).toThrow(WallTimeError);
    expect(() => daily({ start: "2024-01-01", exclusions: [{ at: "1.2.2024" }] })).toThrow(
      WallTimeError,
    );
  });
});
