import { expect, test } from "vitest";
import { zonedInstant } from "./zonedInstant.ts";

test.each([
  ["2024-03-10T05:00:00.000Z", "America/New_York", "2024-03-10T00:00:00-05:00"],
  ["2024-03-11T04:00:00.000Z", "America/New_York", "2024-03-11T00:00:00-04:00"],
  ["2024-01-01T18:15:00.000Z", "Asia/Kathmandu", "2024-01-02T00:00:00+05:45"],
  ["2024-06-01T00:00:00.000Z", "UTC", "2024-06-01T00:00:00Z"],
  ["2024-06-01T00:00:00.000Z", "Etc/UTC", "2024-06-01T00:00:00+00:00"],
  ["2024-06-01T00:00:00.000Z", "nowhere", "2024-06-01T00:00:00.000Z"],
])("%s in %s is %s", (instant, timezone, written) => {
  expect(zonedInstant(instant, timezone)).toBe(written);
  expect(zonedInstant(Date.parse(instant), timezone)).toBe(written);
});
