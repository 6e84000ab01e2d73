import { expect, test } from "vitest";
import { inGroups } from "./inGroups.ts";

test("answers come in order, and many callers together have at most 64 calls under way", async () => {
  let underWay = 0;
  let most = 0;
  const call = async (value: number) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return 2 * value;
  };
  const all = Array.from({ length: 100 }, (_, value) => value);
  const answers = await Promise.all(Array.from({ length: 10 }, () => inGroups(all, call)));
  for (const each of answers) expect(each).toEqual(all.map((value) => 2 * value));
  expect(most).toBe(64);
});

test("a failed call frees its place", async () => {
  const fail = () => Promise.reject(new Error("no"));
  for (let tries = 0; tries < 10; tries++)
    await expect(inGroups([1, 2, 3], fail)).rejects.toThrow("no");
  expect(await inGroups([1, 2], (value) => Promise.resolve(value))).toEqual([1, 2]);
});

test("an empty list causes no call", async () => {
  expect(await inGroups([], () => Promise.reject(new Error("called")))).toEqual([]);
});
