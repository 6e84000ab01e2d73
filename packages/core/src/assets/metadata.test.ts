import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { storedMetadata } from "./metadata.ts";

class Report {
  readonly rows = 1;
}
const throwing = () => {
  throw new Error("no");
};
const circular: Record<string, unknown> = { rows: 1 };
circular["self"] = circular;
const nested = (depth: number): object => (depth === 0 ? {} : { in: nested(depth - 1) });

test.each<[string, unknown, string]>([
  [
    "an object",
    { rows: 100, tags: ["a", null], deep: { ok: true } },
    '{"rows":100,"tags":["a",null],"deep":{"ok":true}}',
  ],
  ["an object without prototype", Object.assign(Object.create(null), { rows: 1 }), '{"rows":1}'],
  ["an object of another realm", runInNewContext("({ rows: 1 })"), '{"rows":1}'],
  ["a date in it", { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ["a field without a value", { rows: 1, none: undefined }, '{"rows":1}'],
])("stores %s", (_, metadata, json) => {
  expect(storedMetadata({ metadata })).toEqual({ json, problem: undefined });
});

test.each<[string, unknown, string]>([
  ["an array", [1, 2], "metadata is an array;"],
  ["a text", "rows=1", "metadata is a string;"],
  ["a number", 7, "metadata is a number;"],
  ["a big integer", 7n, "metadata is a bigint;"],
  ["a function", () => 1, "metadata is a function;"],
  ["a symbol", Symbol("s"), "metadata is a symbol;"],
  ["a map", new Map([["rows", 1]]), "metadata is an instance of Map;"],
  ["a date", new Date(0), "metadata is an instance of Date;"],
  ["an instance of a class", new Report(), "metadata is an instance of Report;"],
  ["a big integer in it", { rows: 10n }, "metadata.rows is a bigint;"],
  ["a set in it", { a: [{ b: new Set() }] }, "metadata.a.0.b is an instance of Set;"],
  ["a cycle", circular, "metadata.self contains itself;"],
  [
    "a getter that throws",
    Object.defineProperty({}, "a", { enumerable: true, get: throwing }),
    "metadata cannot be read (no);",
  ],
  ["a toJSON that throws", { a: { toJSON: throwing } }, "metadata cannot be read (no);"],
  [
    "a toJSON that gives a text",
    { toJSON: () => "text" },
    "metadata has a toJSON that does not return an object;",
  ],
  ["objects nested 1,000 deep", nested(1_000), "metadata is nested deeper than 64 levels;"],
  ["50 MB", { text: "x".repeat(50_000_000) }, "metadata has 50000011 bytes of JSON;"],
  [
    "a million keys",
    Object.fromEntries(Array.from({ length: 1_000_000 }, (_, at) => [at, at])),
    "metadata has more than 10000 values;",
  ],
])("stores nothing if metadata is %s, with a reason", (_, metadata, problem) => {
  const stored = storedMetadata({ metadata });
  expect(stored.json).toBeUndefined();
  expect(stored.problem).toContain(problem);
  expect(stored.problem).toContain("expected a plain object of JSON values");
});

test.each<[string, () => unknown]>([
  ["nothing", () => undefined],
  ["null", () => null],
  ["a text", () => "done"],
  ["an object without metadata", () => ({ rows: 1 })],
  ["no metadata", () => ({ metadata: undefined })],
  ["empty metadata", () => ({ metadata: {} })],
])("has nothing to store and no problem if a function returned %s", (_, result) => {
  expect(storedMetadata(result())).toEqual({ json: undefined, problem: undefined });
});

test("a result whose fields throw is a problem and no exception", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(storedMetadata(proxy).problem).toContain("metadata cannot be read");
});
