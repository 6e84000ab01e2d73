import { asset, project } from "@infill/core";
import { daily, multi, staticPartitions } from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-07" });
let namespace = prefix;
let next = 1;
let client: InfillClient;

function clientOf(shops: readonly string[]): Promise<InfillClient> {
  const shop = staticPartitions([...shops]);
  const assets = [
    asset({ name: "sales", partitions: days, materialize }),
    asset({ name: "stock", partitions: shop, materialize }),
    asset({ name: "visits", partitions: multi({ date: days, shop }), materialize }),
  ];
  return connect(project({ namespace, assets }), { redisUrl: url });
}

beforeEach(async () => {
  namespace = `${prefix}-${next++}`;
  client = await clientOf(["a", "b", "c", "d"]);
});
afterEach(() => client.close());
afterAll(() => cleanPrefix(url, prefix));

async function page(
  name: string,
  options: Parameters<InfillClient["partitions"]["list"]>[1],
): Promise<{ readonly keys: string[]; readonly cursor: string }> {
  const { items, nextCursor = "" } = await client.partitions.list(name, options);
  return { keys: items.map(({ key }) => key), cursor: nextCursor };
}

test("a listing by status continues from its place if the last listed partition has left the status", async () => {
  const first = await page("sales", { status: "missing", limit: 2 });
  expect(first.keys).toEqual(["2024-01-01", "2024-01-02"]);
  await client.partitions.mark("sales", { partitions: "[...2024-01-03]" });
  const second = await page("sales", { status: "missing", limit: 2, cursor: first.cursor });
  expect(second.keys).toEqual(["2024-01-04", "2024-01-05"]);
  const third = await page("sales", { status: "missing", cursor: second.cursor });
  expect(third).toEqual({ keys: ["2024-01-06"], cursor: "" });
  // A key is a valid cursor, as in earlier versions.
  expect((await page("sales", { status: "missing", cursor: "2024-01-02" })).keys).toHaveLength(3);
});

test("a listing over two dimensions continues after a partition that has left its status", async () => {
  const first = await page("visits", { status: "missing", limit: 6 });
  expect(first.keys.at(-1)).toBe("2024-01-02|b");
  await client.partitions.mark("visits", { partitions: "date=2024-01-02; shop=b,c" });
  const second = await page("visits", { status: "missing", limit: 2, cursor: first.cursor });
  expect(second.keys).toEqual(["2024-01-02|d", "2024-01-03|a"]);
});

test("a listing continues from its place if keys were inserted, moved or removed meanwhile", async () => {
  const stock = await page("stock", { limit: 2 });
  const visits = await page("visits", { limit: 6 });
  for (const [shops, rest] of [
    [
      ["new", "a", "b", "c", "d"],
      ["c", "d"],
    ],
    [
      ["a", "c", "d"],
      ["c", "d"],
    ],
    [["d", "b", "c"], ["c"]],
  ] as const) {
    await client.close();
    client = await clientOf(shops);
    expect((await page("stock", { cursor: stock.cursor })).keys).toEqual(rest);
    const { keys } = await page("visits", { cursor: visits.cursor, limit: rest.length });
    expect(keys).toEqual(rest.map((shop) => `2024-01-02|${shop}`));
  }
});

test.each(["nowhere", "@1,2,3:2024-01-01", "@:", "@0-0.1:x", "@99999999999999:2024-01-01"])(
  "the invalid cursor %j is refused",
  async (cursor) => {
    await expect(client.partitions.list("sales", { cursor })).rejects.toMatchObject({
      code: "INFILL_OPTIONS_INVALID",
      message: expect.stringContaining("nextCursor"),
    });
  },
);
