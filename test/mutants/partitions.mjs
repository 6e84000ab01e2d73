/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: "packages/partitions/src/time/keptTicks.ts",
    tests: ["packages/partitions/src/time/keptTicks.test.ts"],
    isQuick: true,
    faults: [
      // A single excluded instant is not stepped over.
      { find: " || removed.includes(inLeft)", replace: "" },
      {
        find: "inLeft - removedBelow(inLeft) < rank",
        replace: "inLeft - removedBelow(inLeft) <= rank",
      },
      {
        find: "if ((sorted[middle] ?? 0) < value) low = middle + 1;",
        replace: "if ((sorted[middle] ?? 0) <= value) low = middle + 1;",
      },
      { find: "return rank - removedBelow(rank);", replace: "return rank;" },
      { find: "    .filter((rank) => excludedMs.includes(left.instantAt(rank)))\n", replace: "" },
      {
        find: "rankOf(ordinal + 1) > rankOf(ordinal)",
        replace: "rankOf(ordinal + 1) >= rankOf(ordinal)",
      },
      { find: "    .sort((a, b) => a - b);", replace: ";" },
    ],
  },
  {
    file: "packages/partitions/src/time/ticksAroundTransition.ts",
    tests: ["packages/partitions/src/time/ticksAroundTransition.test.ts"],
    isQuick: true,
    faults: [
      { find: "return after > before", replace: "return after < before" },
      { find: "toMs: after + 1, isGap: true", replace: "toMs: before + 1, isGap: true" },
    ],
  },
  {
    file: "packages/partitions/src/integers/integerQueries.ts",
    tests: ["packages/partitions/src/integers/integerSet.property.test.ts"],
    faults: [
      {
        find: "(set.bounds[index] ?? 0) <= integer;",
        replace: "(set.bounds[index] ?? 0) < integer;",
      },
      {
        find: "if (start >= integer) break;",
        replace: "if (start > integer) break;",
        survives: "A run that starts at the integer adds no rank: min(end, integer) - start is 0.",
      },
      {
        find: "if (n < 0 || n >= set.count) return undefined;",
        replace: "if (n < 0 || n > set.count) return undefined;",
        survives: "The loops that follow answer undefined for n = count too.",
      },
      {
        find: "rank < passed + length; ) {",
        replace: "rank <= passed + length; ) {",
      },
      {
        find: "carry = word >>> 31;",
        replace: "carry = 0;",
        tests: ["packages/partitions/src/integers/integerSet.test.ts"],
      },
      { find: "changes ^= lowest;", replace: "changes &= ~(lowest | (lowest << 1));" },
      {
        find: "if (start <= min && end > max) return set;",
        replace: "if (start <= min && end >= max) return set;",
      },
      {
        find: "if ((bounds[index] ?? 0) >= end) break;",
        replace: "if ((bounds[index] ?? 0) > end) break;",
        survives: "A run that starts at the end would be added empty.",
      },
    ],
  },
  {
    file: "packages/partitions/src/time/cronDays.ts",
    tests: ["packages/partitions/src/time/cronDays.test.ts"],
    isQuick: true,
    faults: [
      {
        find: "return day === 31 ? -2 : ((1 << (day + 1)) - 2) | 0;",
        replace: "return (1 << day) - 2;",
      },
      {
        find: "const isEveryWeekday = isAnyWeekday || weekdays === everyWeekday;",
        replace: "const isEveryWeekday = isAnyWeekday;",
      },
    ],
  },
];
