import { expect, test } from "vitest";
import { renamedHeader, renamedSelection } from "./renameInBackfills.ts";

test.each([
  ["sales", "orders"],
  ["sales+", "orders+"],
  ["2+sales, +sales+3", "2+orders, +orders+3"],
  ["sales2,my.sales,tag:sales,*", "sales2,my.sales,tag:sales,*"],
])("the selection %s gets the new name, and no other asset changes", (before, after) => {
  expect(renamedSelection(before, "sales", "orders")).toBe(after);
});

test("the wildcard for all assets stays, even if an asset has that name", () => {
  expect(renamedSelection("all", "all", "orders")).toBe("all");
});

test("a header gets the asset's new name wherever it has the old one, and keeps everything else", () => {
  const header = {
    version: 1,
    request: { assets: "sales+", partitionsOf: { sales: "a", other: "b" }, label: "sales" },
    assets: ["sales", "orders", "other"],
    plannedMs: 5,
    project: { fingerprint: "f", assets: { sales: "v1", other: "v2" } },
  };
  expect(JSON.parse(renamedHeader(JSON.stringify(header), "sales", "orders") ?? "")).toEqual({
    version: 1,
    request: { assets: "orders+", partitionsOf: { orders: "a", other: "b" }, label: "sales" },
    assets: ["orders", "other"],
    plannedMs: 5,
    // The version belonged to the old name.
    project: { fingerprint: "f", assets: { other: "v2" } },
  });
});

test("an unreadable header, or one with other assets, is left as it is", () => {
  const other = JSON.stringify({ request: { assets: "*" }, assets: ["other"] });
  for (const text of ["{", "[]", "{}", other])
    expect(renamedHeader(text, "sales", "orders")).toBeUndefined();
});
