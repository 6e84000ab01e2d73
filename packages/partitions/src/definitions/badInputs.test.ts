import { describe, expect, test } from "vitest";
import { dynamicKeys } from "../context/dynamicKeys.ts";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { InfillError } from "../errors/infillError.ts";
import { cronPartitions, daily, hourly, minutely, monthly, weekly } from "./cadences.ts";
import { dynamicPartitions } from "./dynamicPartitions.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { multi } from "./multiPartitions.ts";
import {
  countPartitions,
  partitionKeyAt,
  partitionOfKey,
  requirePartition,
} from "./partitionAnswers.ts";
import { partitionKeys } from "./partitionKeys.ts";
import { staticPartitions } from "./staticPartitions.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 10) };
const start = "2024-01-01";
const keyFormat = "%Y-%m-%d-%H:%M";

/** The InfillError that the work throws; fails if it throws none. */
function refusal(work: () => unknown): InfillError {
  try {
    work();
  } catch (error) {
    if (error instanceof InfillError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Passes a value of a wrong type, as callers without a compiler may. */
// oxlint-disable-next-line no-unnecessary-type-parameters
const untyped = <T>(value: unknown): T => value as T;

describe("a static key is refused", () => {
  test.each([
    ["B1: empty", ""],
    ["B2: only a space", " "],
    ["B2: with a space in front", " a"],
    ["B2: with a tab behind", "a\t"],
    ["B2: with a no-break space behind", "a\u00a0"],
    ["B3: with NUL", "a\0b"],
    ["B3: with a line break", "a\r\nb"],
    ["B3: with an escape sequence", "\u001b[31mred"],
    ["B3: with DEL", "a\u007f"],
    ["B3: with a C1 control", "a\u0085b"],
    ["B11: with a lone surrogate", "a\ud800"],
    ["B12: with a bidi override", "a\u202eb"],
    ["B12: with a bidi isolate", "a\u2066b"],
    ["B12: with a zero-width space", "a\u200bb"],
    ["B13: of 513 bytes", "x".repeat(513)],
    ["B13: of 513 bytes in fewer characters", "é".repeat(257)],
    ["B13: of a megabyte", "x".repeat(1_000_000)],
    ["with three dots", "a...b"],
    ["B20: that is a number", 5],
    ["B20: that is null", null],
    ["B20: that is a boolean", true],
    ["B20: that is an array", ["a"]],
    ["B20: that is an object", {}],
  ])("%s", (_, key) => {
    const error = refusal(() => staticPartitions([untyped<string>(key)]));
    expect(error.code).toBe("INFILL_PARTITION_KEY_INVALID");
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
  });
});

describe("a static key is accepted unchanged", () => {
  test.each([
    ["B4", [",", ";", "[", "]", "*", '"', "\\", "!", ":first", "&", "a..b"]],
    ["B5: the separator, outside of dimensions", ["a|b"]],
    ["B6", ["09:00:00", "a:b"]],
    ["B7", ["12", "0", "0:1", "-1", "1e9", "0x10", "007"]],
    ["B8", ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]],
    ["B9", ["🦀", "👩‍🚀", "👨‍👩‍👧", "שלום", "العربية", "日本", "क्‍ष"]],
    ["B13: 512 bytes", ["x".repeat(512), "é".repeat(256)]],
    ["B14", ["../../etc/passwd", "a/b", ".", "..", "%2e%2e%2f", "C:\\x", "a%00b"]],
    ["B15", ["<img src=x onerror=alert(1)>", "</script>", "javascript:alert(1)"]],
    ["B16", ["=1+1", "+cmd", "@sum", "-2"]],
    ["B17", ["{x}", "{}", "}{"]],
    ["B18", ["?", "^", "(a+)+$", "[a-z]"]],
    ["B19", ["null", "undefined", "NaN", "true", "None"]],
    ["B21: two that differ in case", ["US", "us"]],
    ["B25", ["failed", "all", "-x", "--help"]],
  ])("%s", (_, keys) => {
    const definition = staticPartitions(keys);
    expect([...partitionKeys(definition, context)]).toEqual(keys);
    for (const key of keys) {
      const found = partitionOfKey(definition, key, context);
      expect(found && partitionKeyAt(definition, found, context)).toBe(key);
    }
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test("B10: composed and decomposed forms are one key, kept composed", () => {
    expect(staticPartitions(["e\u0301"]).keys).toEqual(["\u00e9"]);
    expect(partitionOfKey(staticPartitions(["\u00e9"]), "e\u0301", context)).toEqual([0]);
    expect(refusal(() => staticPartitions(["\u00e9", "e\u0301"])).code).toBe(
      "INFILL_STATIC_KEY_DUPLICATE",
    );
  });

  test("B23: a million of them within two seconds of work", () => {
    const before = process.cpuUsage();
    const definition = staticPartitions(
      Array.from({ length: 1_000_000 }, (_, index) => `key-${index}`),
    );
    expect(partitionOfKey(definition, "key-999999", context)).toEqual([999_999]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(4000);
  });
});

test("B22: a duplicate key is refused with both positions", () => {
  const error = refusal(() => staticPartitions(["a", "b", "a"]));
  expect(error).toMatchObject({
    code: "INFILL_STATIC_KEY_DUPLICATE",
    positions: [0, 2],
    partitionKey: "a",
  });
});

test("B5: the separator is refused in a dimension, by every kind of definition", () => {
  expect(
    refusal(() => multi({ a: staticPartitions(["x|y"]), b: staticPartitions(["z"]) })).code,
  ).toBe("INFILL_PARTITION_KEY_INVALID");
  const days = daily({ start, keyFormat: "%Y|%m|%d" });
  expect(refusal(() => multi({ a: days })).code).toBe("INFILL_PARTITION_KEY_INVALID");
});

describe("B8, B51: a dimension's name", () => {
  test.each(["", "a|b", "a=b", "a,b", " a", "a b", "a*", "__proto__"])("%j is refused", (name) => {
    const dimensions = Object.fromEntries([[name, staticPartitions(["x"])]]);
    expect(refusal(() => multi(dimensions)).code).toBe("INFILL_DIMENSION_INVALID");
  });
  test.each(["constructor", "toString", "größe", "a.b"])("%j is accepted", (name) => {
    const definition = multi(Object.fromEntries([[name, staticPartitions(["x"])]]));
    expect([...partitionKeys(definition, context)]).toEqual(["x"]);
  });
  test("cannot be left out, nor stand for dimensions again", () => {
    expect(refusal(() => multi({})).code).toBe("INFILL_DIMENSION_INVALID");
    const nested = multi({ a: staticPartitions(["x"]) });
    expect(refusal(() => multi({ b: untyped(nested) })).code).toBe("INFILL_DIMENSION_INVALID");
  });
});

describe("B24: dynamic keys", () => {
  test("are checked like static ones", () => {
    expect(refusal(() => dynamicKeys(["a", ""])).code).toBe("INFILL_PARTITION_KEY_INVALID");
    expect(refusal(() => dynamicKeys(["a", "a"])).code).toBe("INFILL_STATIC_KEY_DUPLICATE");
  });
  test("that nobody passed are asked for by name", () => {
    const customers = dynamicPartitions({ name: "customers" });
    expect(refusal(() => countPartitions(customers, context)).message).toContain('"customers"');
    expect(refusal(() => dynamicPartitions(untyped({}))).code).toBe(
      "INFILL_DEFINITION_OPTION_INVALID",
    );
  });
});

describe("B26: a time zone", () => {
  test.each(["Mars/Phobos", "", "UTC+25", "+2:60", "Europe/Berlim"])(
    "%j is refused",
    (timezone) => {
      expect(refusal(() => daily({ start, timezone })).code).toBe("INFILL_TIMEZONE_UNKNOWN");
    },
  );
  test("that is nearly right is suggested", () => {
    expect(refusal(() => daily({ start, timezone: "Europe/Berlim" })).message).toContain(
      "Europe/Berlin",
    );
  });
  test.each([
    ["EST5EDT", "EST5EDT"],
    ["Etc/GMT+2", "Etc/GMT+2"],
    ["+02:00", "+02:00"],
    ["UTC+2", "+02:00"],
    ["-0330", "-03:30"],
    ["america/new_york", "America/New_York"],
    ["asia/kolkata", "Asia/Kolkata"],
    ["utc", "UTC"],
    ["US/Pacific", "US/Pacific"],
  ])("%s becomes %s", (written, canonical) => {
    expect(daily({ start, timezone: written }).timezone).toBe(canonical);
  });
});

describe("B27, B28: a start", () => {
  test("at or after the end makes a definition without partitions, as the vectors say", () => {
    expect(countPartitions(daily({ start, end: start }), context)).toBe(0);
    expect(countPartitions(daily({ start, end: "2020-01-01" }), context)).toBe(0);
    expect(countPartitions(daily({ start: "2999-01-01" }), context)).toBe(0);
  });
  test("between boundaries waits for the next one, as the vectors say", () => {
    const [first] = partitionKeys(daily({ start: "2024-01-01T12:30" }), context);
    expect(first).toBe("2024-01-02");
  });
});

describe("B29: a date", () => {
  test.each([
    "2024-02-30",
    "2023-02-29",
    "2024-01-01T24:00",
    "2024-13-01",
    "0000-01-01",
    "-0001-01-01",
    "10000-01-01",
    "2024-01-01T00:00:60",
    "today",
    "",
    5,
  ])("%j is refused", (wrong) => {
    expect(refusal(() => daily({ start: untyped(wrong) })).code).toBe("INFILL_DATE_INVALID");
    expect(refusal(() => daily({ start, end: untyped(wrong) })).code).toBe("INFILL_DATE_INVALID");
    expect(refusal(() => daily({ start, exclusions: [{ at: untyped(wrong) }] })).code).toBe(
      "INFILL_DATE_INVALID",
    );
  });
  test.each([
    { at: "2024-01-02", cron: "0 0 * * 6" },
    { cron: "0 0 * * 6", timezone: "UTC" },
    { at: "2024-01-02", until: "2024-01-05" },
    {},
  ])("an exclusion without exactly one key, %j, is refused", (wrong) => {
    expect(refusal(() => daily({ start, exclusions: [untyped(wrong)] }))).toMatchObject({
      code: "INFILL_DEFINITION_OPTION_INVALID",
      message: expect.stringContaining("and no other key"),
    });
  });
  test("of the years 1 and 9999 is accepted", () => {
    expect([
      ...partitionKeys(
        daily({ start: "0001-01-01" }),
        { nowMs: Date.UTC(2024, 0, 1) },
        { limit: 1 },
      ),
    ]).toEqual(["0001-01-01"]);
    const last = daily({ start: "9999-12-30", timezone: "America/New_York" });
    expect([...partitionKeys(last, { nowMs: Date.UTC(10_000, 0, 1, 5) })]).toEqual([
      "9999-12-30",
      "9999-12-31",
    ]);
  });
});

describe("B30, B31: an hourly key around a change of the clocks", () => {
  const hours = hourly({ start: "2024-01-01", timezone: "America/New_York" });
  const later: PartitionsContext = { nowMs: Date.UTC(2025, 0) };
  test("is unknown where the hour is missing, and its neighbors are named", () => {
    const error = refusal(() => requirePartition(hours, "2024-03-10-02:00", later));
    expect(error.code).toBe("INFILL_PARTITION_KEY_UNKNOWN");
    expect(error.message).toContain("2024-03-10-03:00");
    expect(error.message).toContain("2024-03-10-01:00");
  });
  test("without offset names the first of a repeated hour, as the vectors say; the second carries its offset", () => {
    const first = requirePartition(hours, "2024-11-03-01:00", later)[0] ?? 0;
    expect(requirePartition(hours, "2024-11-03-01:00-0500", later)).toEqual([first + 1]);
    expect(partitionOfKey(hours, "2024-11-03-01:00-0400", later)).toBeUndefined();
  });
});

describe("B33: a cron", () => {
  test.each([
    "61 * * * *",
    "* * * * * *",
    "* * * *",
    "@yearlyish",
    "",
    "x".repeat(10_000),
    "0 0 30 2 *",
    "0 0 31 4,6 *",
    "5-1 * * * *",
    "*/0 * * * *",
    "a * * * *",
    "1,,2 * * * *",
    "-1 * * * *",
    "0 24 * * *",
    "0 0 32 * *",
    "0 0 * 13 *",
    "0 0 * * 8",
    7,
  ])("%j is refused", (cron) => {
    const error = refusal(() => cronPartitions({ cron: untyped(cron), start, keyFormat }));
    expect(error.code).toBe("INFILL_CRON_INVALID");
    expect(error.message.length).toBeLessThan(400);
  });
  test("that names a field out of range says which, and the range", () => {
    expect(refusal(() => cronPartitions({ cron: "61 * * * *", start, keyFormat })).message).toMatch(
      /minute "61".*0 to 59/,
    );
  });
});

test("B34: each minute of four thousand years is counted at once", () => {
  const minutes = minutely({ minutes: 1, start: "0001-01-01" });
  const before = process.cpuUsage();
  expect(countPartitions(minutes, { nowMs: Date.UTC(4000, 0) })).toBe(
    (Date.UTC(4000, 0) + 62_135_596_800_000) / 60_000,
  );
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
});

describe("B35: a key format", () => {
  test.each([
    [() => daily({ start, keyFormat: "%Y" }), "%m"],
    [() => daily({ start, keyFormat: "%Y-%m" }), "%d"],
    [() => hourly({ start, keyFormat: "%Y-%m-%d" }), "%H"],
    [() => minutely({ minutes: 15, start, keyFormat: "%Y-%m-%d-%H" }), "%M"],
    [() => monthly({ start, keyFormat: "%m-%d" }), "%Y"],
    [() => daily({ start, keyFormat: "%d %b %Y" }), "%b"],
    [() => daily({ start, keyFormat: "yyyy-MM-dd" }), "%Y"],
    [() => daily({ start, keyFormat: "%Y-%m-%d %Y" }), "%Y"],
    [() => cronPartitions({ cron: "@daily", start, keyFormat: "" }), "empty"],
  ])("that gives two partitions one key, or cannot be parsed, is refused (%#)", (build, named) => {
    const error = refusal(build);
    expect(error.code).toBe("INFILL_KEY_FORMAT_INVALID");
    expect(error.message).toContain(named);
  });
});

describe("B36: an offset", () => {
  test.each([-1, 60, 1.5, "5", Number.NaN, null].map((value) => [value]))(
    "%j is refused",
    (value) => {
      if (value !== null)
        expect(refusal(() => hourly({ start, minuteOffset: untyped(value) })).code).toBe(
          "INFILL_OFFSET_INVALID",
        );
      if (value === 60) return;
      expect(refusal(() => minutely({ start, minutes: untyped(value) })).code).toBe(
        "INFILL_OFFSET_INVALID",
      );
    },
  );
  test("of a day is refused where the week or the month has no such day", () => {
    expect(refusal(() => weekly({ start, dayOffset: 8 })).code).toBe("INFILL_OFFSET_INVALID");
    expect(refusal(() => monthly({ start, dayOffset: 0 })).code).toBe("INFILL_OFFSET_INVALID");
    expect(refusal(() => monthly({ start, dayOffset: 32 })).code).toBe("INFILL_OFFSET_INVALID");
    expect(refusal(() => daily({ start, endOffset: 0.5 })).code).toBe("INFILL_OFFSET_INVALID");
  });
  test("that a cadence does not have is refused, with the nearest that it has", () => {
    const wrong = untyped<Parameters<typeof hourly>[0]>({ start, minuteOfset: 5 });
    expect(refusal(() => hourly(wrong))).toMatchObject({
      code: "INFILL_DEFINITION_OPTION_INVALID",
    });
    expect(refusal(() => hourly(wrong)).message).toContain('"minuteOffset"');
  });
});

describe("B37: moving a definition's ends", () => {
  test("changes neither the meaning of a coordinate nor the fingerprint", () => {
    const before = daily({ start: "2020-01-01", timezone: "Europe/Berlin" });
    const earlier = daily({
      start: "2015-01-01",
      end: "2030-01-01",
      timezone: "Europe/Berlin",
      endOffset: 1,
      keyFormat: "%Y%m%d",
    });
    const [ordinal] = requirePartition(before, "2024-01-05", context);
    expect(requirePartition(earlier, "20240105", context)).toEqual([ordinal]);
    expect(fingerprintOf(earlier)).toBe(fingerprintOf(before));
  });
  test("differs from changing a cadence, a zone or a dimension's name", () => {
    const days = daily({ start });
    const others = [
      hourly({ start }),
      daily({ start, hourOffset: 1 }),
      daily({ start, timezone: "Europe/Berlin" }),
      multi({ date: days }),
      multi({ day: days }),
    ];
    expect(new Set([days, ...others].map(fingerprintOf)).size).toBe(6);
    expect(fingerprintOf(weekly({ start, dayOffset: 7 }))).toBe(
      fingerprintOf(cronPartitions({ cron: "0 0 * * SUN", start, keyFormat })),
    );
  });
});

describe("B39: an unknown key", () => {
  test("is refused with the format, the first, the last and the nearest", () => {
    const error = refusal(() => requirePartition(daily({ start }), "2024-01-20", context));
    expect(error.message).toBe(
      'Unknown partition key "2024-01-20": expected a key like 2024-01-01 from "2024-01-01" to "2024-01-09". Did you mean "2024-01-09"?',
    );
    const region = refusal(() =>
      requirePartition(staticPartitions(["us-east", "eu-west"]), "us-eats", context),
    );
    expect(region.message).toContain('Did you mean "us-east"?');
    const grid = multi({ date: daily({ start }), region: staticPartitions(["us", "eu"]) });
    expect(refusal(() => requirePartition(grid, "2024-01-02|uss", context)).message).toContain(
      '"2024-01-02|us"',
    );
  });
});

test("B47: more partitions than can be counted exactly are refused", () => {
  const minutes = minutely({ minutes: 1, start: "1990-01-01" });
  const many = staticPartitions(Array.from({ length: 100_000 }, (_, index) => `k${index}`));
  const grid = multi({ a: minutes, b: many, c: many });
  expect(refusal(() => countPartitions(grid, context)).code).toBe("INFILL_TOO_MANY_PARTITIONS");
});
