import { expect, test } from "vitest";
import { limitRepeats } from "./limitRepeats.ts";

test("logs a message once each 30 seconds, and the next entry counts those left out", () => {
  const written: unknown[] = [];
  let nowMs = 0;
  const note = (message: string, fields?: object) => written.push([message, fields]);
  const log = limitRepeats({ info: note, warn: note, error: note }, 30_000, () => nowMs);
  for (nowMs = 0; nowMs <= 31_000; nowMs += 1_000) log.warn("full", { nowMs });
  log.warn("other");
  log.error("full");
  expect(written).toEqual([
    ["full", { nowMs: 0 }],
    ["full", { nowMs: 30_000, leftOut: 29 }],
    ["other", undefined],
    ["full", undefined],
  ]);
});
