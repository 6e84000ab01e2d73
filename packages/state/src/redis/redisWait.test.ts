import { expect, test } from "vitest";
import { type RedisWait, RedisWaits } from "./redisWait.ts";

const everyMs = 500;

/** Waits with a clock that the test moves, and their reports. */
function scene() {
  let nowMs = 1_000_000;
  const told: RedisWait["kind"][] = [];
  const waits = new RedisWaits("redis://127.0.0.1:6379", () => nowMs);
  waits.listen(({ kind }) => told.push(kind));
  const pass = (ms: number) => {
    nowMs += ms;
    waits.look(everyMs);
  };
  pass(0);
  return { waits, told, pass };
}

test("a silent server is reported after three seconds, and once more when it answers", () => {
  const { waits, told, pass } = scene();
  const answered = waits.sent();
  for (let ms = 0; ms < 2_500; ms += everyMs) pass(everyMs);
  expect(told).toEqual([]);
  pass(everyMs);
  expect(told).toEqual(["waiting"]);
  answered();
  expect(told).toEqual(["waiting", "over"]);
});

test("an answer that is unread because the event loop is blocked is no silence of the server", () => {
  const { waits, told, pass } = scene();
  const answered = waits.sent();
  pass(everyMs);
  pass(60_000);
  expect(waits.current).toBeUndefined();
  answered();
  expect(told).toEqual([]);
});

test("a server that is silent after the event loop turns again is reported", () => {
  const { waits, told, pass } = scene();
  waits.sent();
  pass(60_000);
  for (let ms = 0; ms < 3_000; ms += everyMs) pass(everyMs);
  expect(told).toEqual(["waiting"]);
});
