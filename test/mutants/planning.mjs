/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/planning/src/backfills/windowSize.ts",
    tests: ["packages/planning/src/backfills/windowSize.test.ts"],
    isQuick: true,
    faults: [
      { find: "16 * slots", replace: "15 * slots" },
      { find: "requested ?? sized)", replace: "sized)" },
      {
        find: "window - Math.min(slots, Math.floor(window / 2))",
        replace: "window - Math.min(slots - 1, Math.floor(window / 2))",
      },
      { find: "2 + Math.ceil(refillMs", replace: "3 + Math.ceil(refillMs" },
      { find: "jobMs === undefined ? 64 : 2", replace: "64" },
      { find: "return Math.max(1, Math.round(", replace: "return Math.max(0, Math.round(" },
    ],
  },
  {
    file: "packages/planning/src/plan/estimateDuration.ts",
    tests: ["packages/planning/src/plan/estimateDuration.test.ts"],
    isQuick: true,
    faults: [
      { find: "return Math.ceil(longest / stepBack);", replace: "return longest;" },
      { find: "withTwiceTheSlots: span(2)", replace: "withTwiceTheSlots: span(1)" },
      {
        find: "partitions * Math.max(known.highMs, known.meanMs)",
        replace: "partitions * known.highMs",
      },
      { find: "hops === 1 ? { lowMs: known?.lowMs", replace: "hops === 2 ? { lowMs: known?.lowMs" },
      { find: "slotsOfPool(pool) === 0", replace: "slotsOfPool(pool) < 0" },
    ],
  },
];
