/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/planner/src/progress/admission.ts",
    tests: ["packages/planner/src/progress/admission.test.ts"],
    isQuick: true,
    faults: [
      { find: `!scope.startsWith("pool:")`, replace: `scope.startsWith("pool:")` },
      { find: "if (backfill.cap !== undefined) totals.push(backfill);", replace: "" },
      { find: "Math.max(0, cap - inScope(scope))", replace: "cap - inScope(scope)" },
      { find: "leftIn(capped, perJob) <= 0", replace: "leftIn(capped, perJob) < 0" },
      { find: "leftIn(capped, 1) <= 0", replace: "leftIn(capped, 1) < 0" },
      { find: "(left.get(scope) ?? 0) - 1", replace: "(left.get(scope) ?? 0) - 2" },
      { find: "roomIn(capped) * perJob", replace: "roomIn(capped)" },
      {
        find: "totals.length > 0 || scopes.hasValues",
        replace: "totals.length > 1 || scopes.hasValues",
      },
    ],
  },
  {
    file: "packages/planner/src/progress/budgetWatch.ts",
    tests: ["packages/planner/src/progress/budgetWatch.test.ts"],
    isQuick: true,
    faults: [
      { find: "failures >= budget.failures", replace: "failures > budget.failures" },
      { find: "elapsedMs >= budget.wallMs", replace: "elapsedMs > budget.wallMs" },
      { find: "newest.length < over", replace: "newest.length <= over" },
      { find: "failed / over >= failureRate\n", replace: "failed / over > failureRate\n" },
      { find: "    this.#failed = [];\n", replace: "" },
    ],
  },
  {
    file: "packages/planner/src/progress/readyOrder.ts",
    tests: ["packages/planner/src/progress/readyOrder.test.ts"],
    isQuick: true,
    faults: [
      {
        find: "isOldest ? Math.min(a, b) : Math.max(a, b)",
        replace: "isOldest ? Math.max(a, b) : Math.min(a, b)",
      },
      { find: "        left--;\n", replace: "" },
      {
        find: "lane.ready.next(at + 1) : lane.ready.previous(at - 1)",
        replace: "lane.ready.next(at + 2) : lane.ready.previous(at - 2)",
      },
      {
        find: "if (mine.size === lane.ready.count) {",
        replace: "if (mine.size + 1 === lane.ready.count) {",
      },
    ],
  },
  {
    file: "packages/planner/src/progress/ordinalBits.ts",
    tests: ["packages/planner/src/progress/ordinalBits.property.test.ts"],
    faults: [
      { find: "this.#count--;", replace: "" },
      { find: "if ((word & mask) !== 0) return false;", replace: "" },
      { find: "(from + 31) >>> 5", replace: "(from + 32) >>> 5" },
      { find: "before += popCount(", replace: "before -= popCount(" },
      { find: "if (firstWhole > endWhole)", replace: "if (firstWhole >= endWhole)" },
      { find: "(0xffffffff >>> (31 - (bit & 31)))", replace: "(0xffffffff >>> (32 - (bit & 31)))" },
    ],
  },
  {
    file: "packages/planner/src/window/poolShares.ts",
    tests: ["packages/planner/src/window/poolShares.test.ts"],
    isQuick: true,
    faults: [
      { find: "if (id !== own.id) total += weight;", replace: "total += weight;" },
      { find: "place < rest ? 1 : 0", replace: "place <= rest ? 1 : 0" },
      { find: `own.origin === "backfill" || reserved === 0`, replace: "reserved === 0" },
      { find: "jobs / (ids.length + 1)", replace: "jobs / Math.max(1, ids.length)" },
      {
        find: "Math.max(1, Math.floor(slots * reserved))",
        replace: "Math.floor(slots * reserved)",
      },
    ],
  },
  {
    file: "packages/planner/src/window/partitionsPerJob.ts",
    tests: ["packages/planner/src/window/partitionsPerJob.test.ts"],
    isQuick: true,
    faults: [
      { find: "|| settled < enough", replace: "|| settled < enough - 1" },
      { find: "Math.max(leastMs, busyMs / settled)", replace: "Math.max(5, busyMs / settled)" },
      { find: "busyMs <= noTimeMs * settled", replace: "busyMs < noTimeMs * settled" },
      { find: "4 * slots", replace: "5 * slots" },
      { find: "requested ?? mostPerJob", replace: "mostPerJob" },
    ],
  },
  {
    file: "packages/planner/src/window/recentDurations.ts",
    tests: ["packages/planner/src/window/recentDurations.test.ts"],
    isQuick: true,
    faults: [
      { find: "      this.#before = this.#present = totals;\n", replace: "      {}\n" },
      { find: "< spanPartitions", replace: "<= spanPartitions" },
      { find: "    this.#before = this.#present;\n", replace: "" },
      { find: "this.#last.busyMs - this.#before.busyMs", replace: "this.#last.busyMs" },
    ],
  },
  {
    file: "packages/planner/src/window/picksForJobs.ts",
    tests: ["packages/planner/src/window/picksForJobs.test.ts"],
    isQuick: true,
    faults: [
      { find: "Math.max(room, Math.floor((count * room) / jobs))", replace: "room" },
      { find: "partitionsOfJobs(picks, perJob, laneKeyOf)", replace: "picks" },
      {
        find: "if (jobs <= room || count <= room) return picks;",
        replace: "if (count <= room * perJob) return picks;",
      },
    ],
  },
];
