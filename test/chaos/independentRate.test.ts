import { expect, test } from "vitest";
import type { Execution } from "./evidence.ts";
import { independentRate } from "./independentRate.ts";

/** One slot that runs functions of 100 ms, with a pause before each. */
function slot(pauseMs: (atMs: number) => number, untilMs: number): Execution[] {
  const executions: Execution[] = [];
  for (let atMs = 0; atMs < untilMs; ) {
    atMs += pauseMs(atMs);
    executions.push(execution("independent", atMs, atMs + 100));
    atMs += 100;
  }
  return executions;
}

function execution(asset: string, startMs: number, endMs: number): Execution {
  const line = {
    ...{ run: 1, pid: 1, backfill: "bf", asset, key: "k", attempt: 1, monotonicMs: startMs },
  };
  return {
    start: { ...line, what: "start", wallMs: startMs },
    end: { ...line, what: "end", wallMs: endMs },
    isFailure: false,
  };
}

const scenario = { faultStartMs: 3_000, faultEndMs: 6_000 };

test("a rate that stays is no loss, also where a span cuts through functions", () => {
  expect(independentRate({ executions: slot(() => 7, 7_000), scenario })?.lossPercent).toBe(0);
});

test("slots that stand idle half of the time during a fault lose half of the rate", () => {
  const executions = slot((atMs) => (atMs >= 3_000 ? 100 : 0), 7_000);
  expect(independentRate({ executions, scenario })?.lossPercent).toBeGreaterThanOrEqual(48);
});

test("functions that take twice as long on a starved machine are a loss too", () => {
  const executions = [
    ...Array.from({ length: 30 }, (_, at) => execution("independent", 100 * at, 100 * at + 100)),
    ...Array.from({ length: 20 }, (_, at) =>
      execution("independent", 3_000 + 200 * at, 3_200 + 200 * at),
    ),
  ];
  expect(independentRate({ executions, scenario })?.lossPercent).toBe(50);
});

test("other assets do not count, and what was too short is not judged", () => {
  expect(
    independentRate({ executions: [execution("source", 0, 9_000)], scenario }),
  ).toBeUndefined();
  expect(independentRate({ executions: slot(() => 0, 3_500), scenario })).toBeUndefined();
});
