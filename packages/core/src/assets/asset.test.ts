import { daily, multi, staticPartitions } from "@infill/partitions";
import { expect, expectTypeOf, test } from "vitest";
import { asset } from "./asset.ts";
import { project } from "./project.ts";
import { retryDelayMs, retryPolicySchema } from "../requests/retryPolicy.ts";

const materialize = () => {};

test.each([
  ["an empty name", { name: "" }],
  ["a name with a colon", { name: "a:b" }],
  ["a name with braces", { name: "{a}" }],
  ["a reserved name", { name: "__proto__" }],
  ["a name of 129 letters", { name: "a".repeat(129) }],
  ["an unknown option", { name: "a", concurency: 3 }],
  ["a fraction of an attempt", { name: "a", retry: { maxAttempts: 1.5 } }],
  ["a timeout of nothing", { name: "a", timeoutMs: 0 }],
  ["a cap of nothing", { name: "a", concurrency: 0 }],
  ["a cap beyond a million", { name: "a", concurrency: 1_000_001 }],
  ["half a partition at once", { name: "a", concurrency: 1.5 }],
  ["a cap in quotes", { name: "a", concurrency: "8" }],
  ["a cap for each key of nothing", { name: "a", concurrencyPer: { tenant: 2 } }],
  ["partitions that are none", { name: "a", partitions: "daily" }],
])("refuses %s with a reason", (_what, options) => {
  // The test is about callers without a compiler.
  const unchecked = asset as unknown as (options: object) => unknown;
  expect(() => unchecked({ materialize, ...options })).toThrow(
    expect.objectContaining({ code: "INFILL_OPTIONS_INVALID" }),
  );
});

test("knows the keys of static and multi definitions as literal types", () => {
  const regions = staticPartitions(["us", "eu"]);
  asset({
    name: "sales",
    partitions: multi({ date: daily({ start: "2024-01-01" }), region: regions }),
    materialize: ({ partition }) => {
      expectTypeOf(partition.keys.region).toEqualTypeOf<"us" | "eu">();
      expectTypeOf(partition.keys.date).toEqualTypeOf<string>();
    },
  });
  asset({
    name: "by_region",
    partitions: regions,
    materialize: ({ partition }) => {
      expectTypeOf(partition.key).toEqualTypeOf<"us" | "eu">();
    },
  });
});

test("caps by dimension must name dimensions, for the compiler and at run time", () => {
  const partitions = multi({
    date: daily({ start: "2024-01-01" }),
    tenant: staticPartitions(["a", "b"]),
  });
  const capped = asset({
    name: "loads",
    partitions,
    concurrency: 4,
    concurrencyPer: { tenant: 2 },
    materialize,
  });
  expect(capped).toMatchObject({ concurrency: 4, concurrencyPer: { tenant: 2 } });
  expect(() =>
    // @ts-expect-error -- no such dimension
    asset({ name: "loads", partitions, concurrencyPer: { tenat: 2 }, materialize }),
  ).toThrow(
    'Invalid asset "loads": concurrencyPer: got "tenat"; did you mean "tenant"? expected dimensions of its partitions: date, tenant.',
  );
  expect(() =>
    asset({
      name: "days",
      partitions: daily({ start: "2024-01-01" }),
      // @ts-expect-error -- no dimensions
      concurrencyPer: { date: 2 },
      materialize,
    }),
  ).toThrow("cap them together with concurrency");
});

test("a project has its pools, and refuses an asset with an unknown pool", () => {
  const sales = asset({ name: "sales", pool: "warehouse", materialize });
  expect([...project({ assets: [sales] }).pools.keys()]).toEqual(["warehouse"]);
  expect(() => project({ assets: [sales], pools: { warehous: {} } })).toThrow(
    'did you mean "warehous"?',
  );
});

test("delays double up to their limit, and vary by at most a fifth", () => {
  const policy = retryPolicySchema.parse({ backoffMs: 100, maxBackoffMs: 1_000 });
  expect([1, 2, 3, 4, 5, 60].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect(retryDelayMs(policy, 1, 0.999)).toBe(80);
});
