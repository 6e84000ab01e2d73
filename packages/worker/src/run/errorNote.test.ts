import { runInNewContext } from "node:vm";
import { errorFingerprint } from "@infill/core";
import { expect, test } from "vitest";
import { errorNote } from "./errorNote.ts";

test("keeps name, message and stack of an error", () => {
  const note: unknown = JSON.parse(errorNote(new TypeError("no such column")));
  expect(note).toMatchObject({ name: "TypeError", message: "no such column" });
});

test("has the fingerprint of errors that are equal except for numbers, keys and paths", () => {
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
  ["a message that is no text", Object.assign(new Error("x"), { message: 7 }), "7"],
  ["a null-prototype object", Object.create(null), "{}"],
  ["an object", { reason: "quota", left: 0 }, '{"reason":"quota","left":0}'],
  ["an object with a message", { message: "quota" }, "quota"],
  ["a number", 42, "42"],
  ["an empty string", "", "(an empty string)"],
  ["an error without a message", new RangeError(), "(no message)"],
  ["an error with a code alone", Object.assign(new Error(""), { code: "EX" }), "code EX"],
  ["an error of another realm", runInNewContext("new TypeError('far')"), "far"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
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

test("keeps the chain of causes, with the fingerprint of the innermost", () => {
  const refused = new Error("connect ECONNREFUSED 127.0.0.1:81");
  const note: unknown = JSON.parse(
    errorNote(
      new TypeError("fetch failed", { cause: new Error("no connection", { cause: refused }) }),
    ),
  );
  expect(note).toMatchObject({
    fingerprint: errorFingerprint("Error", "connect ECONNREFUSED 127.0.0.1:82"),
    message: "fetch failed",
    causes: [
      { message: "no connection", depth: 1, via: "cause" },
      { message: "connect ECONNREFUSED 127.0.0.1:81", depth: 2, via: "cause" },
    ],
    innermost: 1,
  });
});

test("keeps the inner errors of an aggregate", async () => {
  const failed = Promise.any([Promise.reject(new Error("first")), Promise.reject("second")]);
  const thrown: unknown = await failed.catch((error: unknown) => error);
  expect(JSON.parse(errorNote(thrown))).toMatchObject({
    name: "AggregateError",
    fingerprint: errorFingerprint("Error", "first"),
    causes: [
      { message: "first", via: "errors" },
      { message: "second", via: "errors" },
    ],
  });
});

test("an error without a message gets that of its cause", () => {
  expect(JSON.parse(errorNote(new Error("", { cause: "why" })))).toMatchObject({ message: "why" });
  expect(JSON.parse(errorNote(new AggregateError([new Error("why")], "")))).toMatchObject({
    message: "why",
  });
});

test("causes are bounded: a cycle, a thousand of them, wide and huge ones", () => {
  const cycle = new Error("around");
  cycle.cause = cycle;
  expect(JSON.parse(errorNote(cycle))).not.toHaveProperty("causes");
  let deep = new Error("bottom 0");
  for (let depth = 1; depth < 1_000; depth++) deep = new Error(`level ${depth}`, { cause: deep });
  const wide = new AggregateError(
    Array.from({ length: 5_000 }, () => new Error("é".repeat(9_999))),
  );
  const trap = new Proxy(new Error("x"), {
    get() {
      throw new Error("no");
    },
  });
  for (const thrown of [deep, wide, new Error("x", { cause: trap })]) {
    const note = errorNote(thrown);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(8_000);
    expect(JSON.parse(note).causes.length).toBeLessThanOrEqual(8);
  }
});
