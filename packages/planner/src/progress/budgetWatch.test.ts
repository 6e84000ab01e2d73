import { expect, test } from "vitest";
import { BudgetWatch } from "./budgetWatch.ts";

const budget = { failureRateOver: 10 };
const none = { failures: 0, elapsedMs: 0 };

test("is exceeded at its number of failures, and not with one fewer", () => {
  const watch = new BudgetWatch();
  const limited = { ...budget, failures: 3 };
  expect(watch.exceeded(limited, { ...none, failures: 2 })).toBeUndefined();
  expect(watch.exceeded(limited, { ...none, failures: 3 })).toBe(
    "3 partitions have failed; the limit is 3",
  );
  expect(watch.exceeded({ ...budget, failures: 1 }, { ...none, failures: 1 })).toBe(
    "1 partition has failed; the limit is 1",
  );
  // Several may fail between two checks.
  expect(watch.exceeded(limited, { ...none, failures: 4 })).toBe(
    "4 partitions have failed; the limit is 3",
  );
  expect(watch.exceeded(undefined, { failures: 1_000, elapsedMs: 1e12 })).toBeUndefined();
});

test("is exceeded when its time is over", () => {
  const watch = new BudgetWatch();
  const limited = { ...budget, wallMs: 60_000 };
  expect(watch.exceeded(limited, { ...none, elapsedMs: 59_999 })).toBeUndefined();
  expect(watch.exceeded(limited, { ...none, elapsedMs: 60_000 })).toBe(
    "it has been running for 60 s; the limit is 60 s",
  );
});

test("a rate counts the newest settlements, once there are enough", () => {
  const watch = new BudgetWatch();
  const limited = { ...budget, failureRate: 0.3 };
  watch.observe(true, 3, 10);
  expect(watch.exceeded(limited, none)).toBeUndefined();
  watch.observe(false, 7, 10);
  expect(watch.exceeded(limited, none)).toBe(
    "3 of the newest 10 partitions have failed, 30 %; the limit is 30 %",
  );
  watch.observe(false, 1, 10);
  expect(watch.exceeded(limited, none)).toBeUndefined();
  watch.observe(true, 1_000_000, 10);
  expect(watch.exceeded(limited, none)).toContain("10 of the newest 10");
  watch.reset();
  expect(watch.exceeded(limited, none)).toBeUndefined();
});
