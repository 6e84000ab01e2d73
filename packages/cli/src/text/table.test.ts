import { expect, test } from "vitest";
import { displayWidth, truncateToWidth, wrapPieces, wrapText } from "./displayWidth.ts";
import { renderFields, renderTable } from "./table.ts";
import { theme } from "./theme.ts";

const plain = theme(false);
const columns = [
  { header: "asset", canShrink: true },
  { header: "to run", align: "right" },
  { header: "note", canShrink: true },
] as const;
const rows = [
  [{ text: "売上" }, { text: "1,284" }, { text: "a" }],
  [{ text: "daily_sales" }, { text: "9" }, { text: "later" }],
];

test("columns align by what characters take on the screen", () => {
  expect(renderTable(columns, rows, plain, undefined)).toEqual([
    "asset        to run  note",
    "売上          1,284  a",
    "daily_sales       9  later",
  ]);
});

test("colors do not move anything", () => {
  const colored = renderTable(
    columns,
    [[{ text: "a", role: "red" as const }, { text: "1" }, { text: "b" }]],
    theme(true),
    undefined,
  );
  expect(colored[1]).toBe("\u001b[31ma    \u001b[39m       1  b");
});

test("wide columns that may shrink are cut to the terminal", () => {
  const long = [[{ text: "x".repeat(40) }, { text: "1" }, { text: "short" }]];
  const lines = renderTable(columns, long, plain, 40);
  expect(lines[1]).toBe(`${"x".repeat(24)}…       1  short`);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(40);
});

test("where nothing can shrink enough, rows become blocks", () => {
  const wide = [{ header: "id" }, { header: "number", align: "right" }] as const;
  const ids = [
    [{ text: "i".repeat(38) }, { text: "1" }],
    [{ text: "j".repeat(38) }, { text: "2" }],
  ];
  expect(renderTable(wide, ids, plain, 30)).toEqual([
    `id      ${"i".repeat(22)}`,
    `        ${"i".repeat(16)}`,
    "number  1",
    "",
    `id      ${"j".repeat(22)}`,
    `        ${"j".repeat(16)}`,
    "number  2",
  ]);
});

test("fields without text are left out", () => {
  const fields = [
    ["a", { text: "1" }],
    ["longer", { text: "" }],
    ["bb", { text: "2" }],
  ] as const;
  expect(renderFields(fields, plain, undefined)).toEqual(["a   1", "bb  2"]);
});

test("text is cut between whole characters", () => {
  expect(truncateToWidth("日本語日本語", 6)).toBe("日本…");
  expect(truncateToWidth("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4)).toBe("👩‍👩‍👧…");
  expect(truncateToWidth("short", 5)).toBe("short");
});

test("pieces wrap whole", () => {
  expect(wrapPieces(["one", "two", "three"], "  ", 9)).toEqual(["one  two", "three"]);
  expect(wrapPieces(["one", "two", "three"], "  ", undefined)).toEqual(["one  two  three"]);
});

test("long text wraps at spaces, and inside a word that is too long itself", () => {
  expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("abcdefghij k", 4)).toEqual(["abcd", "efgh", "ij k"]);
  expect(wrapText("日本語 x", 4)).toEqual(["日本", "語 x"]);
  expect(wrapText("", 4)).toEqual([]);
});
