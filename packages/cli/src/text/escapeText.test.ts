import { expect, test } from "vitest";
import { escapeLines, escapeText, safeJson } from "./escapeText.ts";

test("control characters, line breaks and bidi overrides become text", () => {
  expect(escapeText("a\u001b[31m\r\nb\tc\u0000\u007f\u009b\u202e\u200b")).toBe(
    "a\\x1b[31m\\r\\nb\\tc\\x00\\x7f\\x9b\\u202e\\u200b",
  );
});

test("letters of every script and joined emoji stay as they are", () => {
  const text = "größe, 日本, مرحبا, 👩‍👩‍👧, é, <b> $(x)";
  expect(escapeText(text)).toBe(text);
});

test("each line of several is inert by itself", () => {
  expect(escapeLines("a\r\n\u001bb\nc")).toEqual(["a", "\\x1bb", "c"]);
});

test("JSON holds no control character and parses to the same value", () => {
  const value = { "k\u009b": "\u0000\u001b\u0085\u2028\u202e\u{1f600}\ud800" };
  const json = safeJson(value);
  expect(json).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u202e]*$/);
  expect(JSON.parse(json)).toEqual(value);
});
