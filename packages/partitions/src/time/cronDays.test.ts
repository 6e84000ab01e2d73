import { expect, test } from "vitest";
import { parseCron } from "./cron.ts";

const none = { dates: 0, last: false, weekdays: 0 };
const every = { by: "every", ...none };

test.each([
  ["0 0 * * *", every],
  ["0 0 * * 0-6", every],
  ["0 0 1-31 * *", every],
  ["0 0 1-28 2 *", { by: "dates", ...none, dates: 2 ** 29 - 2 }],
  ["0 0 1-29 2 *", every],
  ["0 0 1-30 4,6 *", every],
  ["0 0 1-30 4-5 *", { by: "dates", ...none, dates: 2 ** 31 - 2 }],
  ["0 0 5 * 0-6", every],
  ["0 0 * * 1", { by: "weekdays", ...none, weekdays: 2 }],
  ["0 0 5 * *", { by: "dates", ...none, dates: 32 }],
  ["0 0 5 * 1", { by: "either", last: false, dates: 32, weekdays: 2 }],
  ["0 0 L * *", { by: "dates", ...none, last: true }],
  ["0 0 L 4 *", { by: "dates", ...none, dates: 2 ** 30 }],
  ["0 0 31 2 1", { by: "weekdays", ...none, weekdays: 2 }],
])("%s ticks on the days %j", (cron, days) => {
  expect(parseCron(cron).days).toEqual(days);
});
