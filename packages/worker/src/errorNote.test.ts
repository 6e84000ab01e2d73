import { errorFingerprint } from "@infill/core";
import { expect, test } from "vitest";
import { errorNote } from "./errorNote.ts";

test("keeps name, message and stack of an error", () => {
  const note: unknown = JSON.parse(errorNote(new TypeError("no such column")));
  expect(note).toMatchObject({ name: "TypeError", message: "no such column" });
});

test("names the group of errors that are equal but for numbers, keys and paths", () => {
  const groupOf = (message: string): unknown =>
    JSON.parse(errorNote(new TypeError(message))).fingerprint;
  expect(groupOf("row 5 of /data/a.csv")).toBe(errorFingerprint("TypeError", "row 7 of /b.csv"));
  expect(groupOf("row 5 of /data/a.csv")).not.toBe(groupOf("no row 5 in /data/a.csv"));
});

test.each([
  ["undefined", undefined, "undefined"],
  ["a string", "boom", "boom"],
  ["a frozen error", Object.freeze(new Error("cold")), "cold"],
  [
    "a throwing getter",
    Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("no");
      },
    }),
    "unreadable error",
  ],
  ["a message that is no text", Object.assign(new Error("x"), { message: 7 }), "unreadable error"],
  ["a null-prototype object", Object.create(null), "unreadable error"],
])("reads %s that was thrown", (_what, thrown, message) => {
  expect(JSON.parse(errorNote(thrown))).toMatchObject({ message });
});

test("is at most 8 KB and valid UTF-8, however large and odd the error", () => {
  for (const text of [
    "x".repeat(10_000_000),
    "é".repeat(50_000),
    "\u0000".repeat(50_000),
    "\ud800".repeat(9_000),
  ]) {
    const note = errorNote(new Error(text));
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(8_000);
    expect(note).not.toMatch(/[\ud800-\udfff]/);
  }
});
