import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import {
  loadMutants,
  mutantArguments,
  mutantProblems,
  quickOf,
  sampleOf,
  withFault,
} from "./mutantList.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A checkout with these files.
 *
 * @param {Record<string, string>} files
 */
function checkoutOf(files) {
  const folder = mkdtempSync(join(tmpdir(), "infill-mutant-list-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

test("each mutant finds its text once, and names test files that exist", async () => {
  const mutants = await loadMutants(root);
  expect(mutantProblems(root, mutants)).toEqual([]);
  expect(mutants.length).toBeGreaterThanOrEqual(120);
});

test("a list that does not fit its source is refused with the reasons", async () => {
  const faults = [
    { find: "b", replace: "c" },
    { find: "twice", replace: "c" },
    { find: "gone", replace: "c", tests: ["a.test.ts", "lost.test.ts"] },
    { find: "b", replace: "b", tests: [], survives: " " },
    { find: "b", replace: "c" },
  ];
  const folder = checkoutOf({
    "a.ts": "a\nb twice twice",
    "a.test.ts": "",
    "test/mutants/a.mjs": `export const files = [{ file: "a.ts", tests: ["a.test.ts"], faults: ${JSON.stringify(faults)} }];`,
  });
  expect(mutantProblems(folder, await loadMutants(folder))).toEqual([
    'a.ts:2: "twice" occurs 2 times, not once',
    'a.ts:?: "gone" occurs 0 times, not once',
    "a.ts:?: there is no test file lost.test.ts",
    'a.ts:2: "b" is replaced by itself',
    "a.ts:2: names no test file",
    "a.ts:2: survives without a reason",
    'a.ts:2: "b" is listed twice',
  ]);
});

test("the replacement stands as it is written, whatever it looks like", () => {
  expect(withFault("a == b", { find: "==", replace: "$& $1" })).toBe("a $& $1 b");
});

test.each([
  [[], { files: [], sample: undefined, quick: undefined, isList: false }],
  [["--list"], { files: [], sample: undefined, quick: undefined, isList: true }],
  [
    ["--files", "lua", "cron", "--sample", "10"],
    { files: ["lua", "cron"], sample: 10, quick: undefined, isList: false },
  ],
  [["--quick", "10"], { files: [], sample: undefined, quick: 10, isList: false }],
  [["--quick", "10", "--sample", "2"], "--sample and --quick exclude each other."],
  [["--files"], "--files needs a part of a path."],
  [["--sample", "0"], '--sample needs a whole number of at least 1, got "0".'],
  [["lua"], 'There is no option "lua"; there are --files, --sample, --quick and --list.'],
])("reads %j", (argv, expected) => {
  expect(mutantArguments(argv)).toEqual(expected);
});

test("a sample keeps the order of the list and holds nothing twice", () => {
  const all = Array.from({ length: 50 }, (_, index) => index);
  const some = sampleOf(all, 10);
  expect(some).toHaveLength(10);
  expect(some).toEqual([...new Set(some)].toSorted((a, b) => a - b));
  expect(sampleOf(all, 99)).toEqual(all);
});

test("the quick ones are the same each time, spread over the list, and none of them may survive", () => {
  const all = Array.from({ length: 60 }, (_, at) => ({
    at,
    isQuick: at % 2 === 0,
    survives: at % 6 === 0 ? "no behavior changes" : undefined,
  }));
  const some = quickOf(all, 5).map(({ at }) => at);
  expect(some).toEqual([10, 22, 34, 46, 58]);
  expect(quickOf(all, 99)).toHaveLength(20);
});

test("ten quick mutants can be chosen, from most of the lists", async () => {
  const chosen = quickOf(await loadMutants(root), 10);
  expect(chosen).toHaveLength(10);
  expect(new Set(chosen.map(({ file }) => file)).size).toBeGreaterThanOrEqual(8);
});
