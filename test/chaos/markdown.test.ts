import { expect, test } from "vitest";
import { markdownTable } from "./markdown.ts";

const report = { what: "a worker dies", seed: "1", partitions: 500, violations: [] };

test("a row has every figure in its column, those of the fault alone last, and nothing where nothing was measured", () => {
  const text = markdownTable([
    { ...report, fault: "F1", figures: { partitions: 504, recoveryMs: 159, elsewhereMs: 4_433 } },
    { ...report, fault: "F2", figures: { partitions: 504, unavailableMs: 9 } },
  ]);
  const [heads = "", rule = "", row = ""] = text.split("\n");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  expect(cells(row)).toHaveLength(cells(heads).length);
  expect(cells(rule)).toHaveLength(cells(heads).length);
  expect(cells(row)[cells(heads).indexOf("recovery ms")]).toBe("159");
  expect(cells(row)[cells(heads).indexOf("unavailable ms")]).toBe("");
  expect(cells(row).at(-2)).toBe("elsewhereMs 4433");
});
