import { expect, test } from "vitest";
import { crashReason, LastLines, restartDelayMs } from "./crashes.ts";

test("a process that keeps crashing is started again after longer and longer pauses", () => {
  expect([0, 1, 2, 5, 6, 60].map(restartDelayMs)).toEqual([
    1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
  ]);
});

test.each([
  ["error INFILL_REDIS_EVICTS: Redis evicts.\n", "INFILL_REDIS_EVICTS: Redis evicts."],
  [
    "file:///a.ts:1\nthrow\n^\n\nTypeError: boom\n    at x (a.ts:1)\n\nNode.js v20.19.0\n",
    "TypeError: boom",
  ],
  [
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'\n",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'",
  ],
  ['{"type":"error","code":"INFILL_X","message":"so"}\n', "INFILL_X: so"],
  ['12:00 error "x" is logged\n{"type":"log"}\n{', undefined],
  ["", undefined],
])("of %j the reason is %s", (output, reason) => {
  expect(crashReason(output)).toBe(reason);
});

test("only the end of a long output is kept", () => {
  const lines = new LastLines();
  for (let line = 0; line < 10_000; line++) lines.add(`line ${line}\n`);
  expect(lines.text.length).toBeLessThan(20_000);
  expect(lines.text).toMatch(/line 9999\n$/);
});
