import { expect, test } from "vitest";
import { errorLine } from "./errorLine.ts";

test.each([
  [new RangeError("a\nb\tc"), "RangeError: a b c"],
  ["text", "string: text"],
  [undefined, "undefined: undefined"],
])("%o is one line", (thrown, line) => expect(errorLine(thrown)).toBe(line));

test("a long message is cut", () => {
  expect(errorLine(new Error("x".repeat(10_000)))).toHaveLength(200);
});
