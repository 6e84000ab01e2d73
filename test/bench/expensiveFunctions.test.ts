import type { Profiler } from "node:inspector";
import { expect, test } from "vitest";
import { expensiveFunctions } from "./expensiveFunctions.ts";

function node(id: number, functionName: string, url: string, lineNumber = 9): Profiler.ProfileNode {
  return { id, callFrame: { functionName, scriptId: "", url, lineNumber, columnNumber: 0 } };
}

const claim = "file:///srv/packages/worker/dist/claims/claimer.js";
const profile: Profiler.Profile = {
  startTime: 0,
  endTime: 100,
  nodes: [
    node(1, "(idle)", ""),
    node(2, "(garbage collector)", ""),
    node(3, "claimNext", claim),
    // The same function under another caller.
    node(4, "claimNext", claim),
    node(5, "", "file:///srv/node_modules/bullmq/dist/esm/classes/worker.js", 0),
  ],
  samples: [1, 3, 4, 5, 2, 3],
  timeDeltas: [1_000, 10, 20, 5, 7, 30],
};

test("a function's own time is added up over its callers, and idle time is no function", () => {
  expect(expensiveFunctions(profile, 2)).toEqual([
    { name: "claimNext worker/dist/claims/claimer.js:10", us: 60 },
    { name: "(garbage collector)", us: 7 },
  ]);
});

test("a function without a name is known by its file and line", () => {
  expect(expensiveFunctions(profile, 9).at(-1)).toEqual({
    name: "(anonymous) bullmq/dist/esm/classes/worker.js:1",
    us: 5,
  });
});
