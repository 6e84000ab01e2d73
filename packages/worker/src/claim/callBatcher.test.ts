import { expect, test } from "vitest";
import { CallBatcher } from "./callBatcher.ts";

test("sends the calls of one turn together, in order, and answers each", async () => {
  const batches: number[][] = [];
  const batcher = new CallBatcher<number, number>(3, (requests) => {
    batches.push([...requests]);
    return Promise.resolve(requests.map((request) => request * 10));
  });
  const answers = await Promise.all([1, 2, 3, 4].map((request) => batcher.call(request)));
  expect(answers).toEqual([10, 20, 30, 40]);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

test("rejects every call of a failed batch, and continues with the next", async () => {
  let isBroken = true;
  const batcher = new CallBatcher<number, number>(10, (requests) => {
    if (isBroken) return Promise.reject(new Error("gone"));
    return Promise.resolve([...requests]);
  });
  const outcomes = await Promise.allSettled([batcher.call(1), batcher.call(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isBroken = false;
  expect(await batcher.call(3)).toBe(3);
});
