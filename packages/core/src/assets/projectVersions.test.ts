import { daily, staticPartitions, timeWindowMapping } from "@infill/partitions";
import { expect, test } from "vitest";
import { asset, type AssetOptions, dep } from "./asset.ts";
import { project, type ProjectOptions } from "./project.ts";
import { versionsOf } from "./projectVersions.ts";

const materialize = () => {};
const days = daily({ start: "2024-01-01" });

function versions(
  of: Partial<AssetOptions<typeof days>> = {},
  options: Partial<ProjectOptions> = {},
): { fingerprint: string; version: string | undefined } {
  const raw = asset({ name: "raw", partitions: days, materialize });
  const sales = asset({ name: "sales", partitions: days, deps: [raw], materialize, ...of });
  const { fingerprint, assets } = versionsOf(project({ assets: [raw, sales], ...options }));
  return { fingerprint, version: assets.get("sales") };
}

test("projects with equal definitions have equal versions, whatever their functions and texts", () => {
  expect(versions({ description: "x", materialize: () => ({ metadata: {} }) })).toEqual(versions());
  expect(versions().fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(versions().version).toMatch(/^[0-9a-f]{12}$/);
});

test.each<[string, Partial<AssetOptions<typeof days>>]>([
  ["code version", { codeVersion: "2" }],
  ["definition", { partitions: daily({ start: "2024-02-01" }) }],
  ["mapping", { deps: [dep("raw", { mapping: timeWindowMapping({ startOffset: -1 }) })] }],
])("another %s changes the asset's version and the fingerprint", (_what, change) => {
  expect(versions(change).version).not.toBe(versions().version);
  expect(versions(change).fingerprint).not.toBe(versions().fingerprint);
});

test("another pool changes the fingerprint and not the asset's version", () => {
  expect(versions({ pool: "slow" }).version).toBe(versions().version);
  expect(versions({ pool: "slow" }).fingerprint).not.toBe(versions().fingerprint);
});

test("the order of static keys counts, the order of assets does not", () => {
  const of = (keys: string[], isReversed = false) => {
    const one = asset({ name: "one", partitions: staticPartitions(keys), materialize });
    const two = asset({ name: "two", materialize });
    return versionsOf(project({ assets: isReversed ? [two, one] : [one, two] })).fingerprint;
  };
  expect(of(["a", "b"])).not.toBe(of(["b", "a"]));
  expect(of(["a", "b"], true)).toBe(of(["a", "b"]));
});
