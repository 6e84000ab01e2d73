import { expect, test } from "vitest";
import { loggableFields, loggableText } from "./loggable.ts";

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const circular: Record<string, unknown> = { name: "loop" };
circular["self"] = circular;
const throwing = () => {
  throw new Error("no");
};

test.each<[string, () => unknown, unknown]>([
  ["a big integer", () => ({ a: 10n }), { a: "10" }],
  ["a huge big integer", () => ({ a: 10n ** 5_000n }), { a: "[huge bigint]" }],
  ["a cycle", () => circular, { name: "loop", self: "[circular]" }],
  [
    "a getter that throws",
    () => Object.defineProperty({ ok: 1 }, "bad", { enumerable: true, get: throwing }),
    { ok: 1, bad: "[unreadable]" },
  ],
  ["a toJSON that throws", () => ({ a: { toJSON: throwing } }), { a: "[unreadable]" }],
  [
    "a toJSON that gives itself",
    () => ({
      a: {
        b: 1,
        toJSON() {
          return this;
        },
      },
    }),
    { a: { b: 1, toJSON: "[function]" } },
  ],
  ["a revoked proxy", () => ({ a: revoked() }), { a: "[unreadable]" }],
  ["fields that are a revoked proxy", () => revoked(), { value: "[unreadable]" }],
  [
    "a proxy whose traps throw",
    () => ({ a: new Proxy({}, { ownKeys: throwing, get: throwing, getPrototypeOf: throwing }) }),
    { a: "[unreadable]" },
  ],
  [
    "symbols and functions",
    () => ({ a: Symbol("s"), b: () => 1 }),
    { a: "Symbol(s)", b: "[function]" },
  ],
  ["an object without prototype", () => ({ a: Object.create(null) }), { a: {} }],
  ["an invalid date", () => ({ a: new Date(Number.NaN) }), { a: null }],
  [
    "a map and a set",
    () => ({ a: new Map([[{ k: 1 }, 2n]]), b: new Set([1]) }),
    { a: { '{"k":1}': "2" }, b: [1] },
  ],
  [
    "an error",
    () => ({ e: new TypeError("x", { cause: 3n }) }),
    { e: { name: "TypeError", message: "x", cause: "3" } },
  ],
  ["numbers that JSON lacks", () => ({ a: Number.NaN, b: undefined }), { a: "NaN" }],
  ["fields that are a list", () => [1, 2n], { value: [1, "2"] }],
  ["fields that are a text", () => "text", { value: "text" }],
  ["no fields", () => null, {}],
  ["bytes", () => ({ a: new Uint8Array(7) }), { a: "[7 bytes]" }],
])("makes plain fields of %s", (_, fields, expected) => {
  expect(loggableFields(fields())).toEqual(expected);
});

test.each<[string, () => unknown]>([
  ["a text of 50 MB", () => ({ text: "x".repeat(50_000_000) })],
  ["a million entries", () => ({ list: Array.from({ length: 1_000_000 }, (_, at) => at) })],
  [
    "objects of many objects",
    () => ({
      a: Array.from({ length: 50 }, () =>
        Array.from({ length: 50 }, () => ({ k: "y".repeat(999) })),
      ),
    }),
  ],
  ["a name of 1 MB", () => ({ ["k".repeat(1_000_000)]: 1 })],
])("keeps a log line with %s short", (_, fields) => {
  expect(JSON.stringify(loggableFields(fields())).length).toBeLessThan(40_000);
});

test("follows 100,000 nested objects without a stack overflow", () => {
  let nested: object = {};
  for (let depth = 0; depth < 100_000; depth++) nested = { nested };
  expect(JSON.stringify(loggableFields(nested))).toContain("[more]");
});

test("a field named __proto__ is a field", () => {
  const fields = JSON.parse('{"__proto__": {"polluted": true}}');
  expect(JSON.stringify(loggableFields(fields))).toBe('{"__proto__":{"polluted":true}}');
});

test.each<[() => unknown, string]>([
  [() => "text", "text"],
  [() => undefined, "undefined"],
  [() => 10n, "10"],
  [() => ({ a: 1n }), '{"a":"1"}'],
  [() => Symbol("s"), "Symbol(s)"],
  [() => revoked(), "[unreadable]"],
])("turns any value into a message", (message, expected) => {
  expect(loggableText(message())).toBe(expected);
});
