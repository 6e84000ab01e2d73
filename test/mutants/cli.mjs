/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/cli/src/actions/confirmChange.ts",
    tests: ["packages/cli/src/actions/confirmChange.test.ts"],
    isQuick: true,
    faults: [
      // --yes does not answer for exactly 10,000.
      {
        find: "change.partitions > partitionsThatNeedName",
        replace: "change.partitions >= partitionsThatNeedName",
      },
      {
        find: "const needsName = isLarge || isDangerous;",
        replace: "const needsName = isDangerous;",
      },
      {
        find: "if (change.confirm === change.name) return undefined;",
        replace: "return undefined;",
      },
      {
        find: "if (!context.io.isInteractive && !isDangerous) return undefined;",
        replace: "if (!context.io.isInteractive) return undefined;",
      },
    ],
  },
];
