import { expect, test, vi } from "vitest";
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

/** A batcher whose batches are recorded. */
function recorded(most: number) {
  const batches: number[][] = [];
  const batcher = new CallBatcher<number, number>(most, (requests) => {
    batches.push([...requests]);
    return Promise.resolve([...requests]);
  });
  return { batches, batcher };
}

/** Makes calls close together, as a busy worker does. */
async function makeBusy(batcher: CallBatcher<number, number>): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => batcher.call(0)));
}

test("calls that can wait gather over several turns, and go with the next that cannot", async () => {
  const { batches, batcher } = recorded(20);
  await makeBusy(batcher);
  batches.length = 0;
  const first = batcher.callAll([1], true);
  await new Promise(setImmediate);
  const second = batcher.callAll([2], true);
  await new Promise(setImmediate);
  expect(batches).toEqual([]);
  expect(await batcher.call(3)).toBe(3);
  expect(await Promise.all([first, second])).toEqual([[1], [2]]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test("calls that can wait do not wait where others are rare", async () => {
  const { batches, batcher } = recorded(10);
  const first = batcher.callAll([1], true);
  await new Promise(setImmediate);
  expect(batches).toEqual([[1]]);
  await first;
});

test("calls that can wait are sent without another one, too", async () => {
  const { batches, batcher } = recorded(20);
  await makeBusy(batcher);
  batches.length = 0;
  expect(await Promise.all([batcher.callAll([1], true), batcher.callAll([2], true)])).toEqual([
    [1],
    [2],
  ]);
  expect(batches).toEqual([[1, 2]]);
});

test("many requests wait for no others", async () => {
  const { batches, batcher } = recorded(512);
  await makeBusy(batcher);
  batches.length = 0;
  const many = Array.from({ length: 64 }, (_, index) => index);
  const gathering = batcher.callAll([100], true);
  const sent = batcher.callAll(many, true);
  await Promise.resolve();
  await Promise.resolve();
  expect(batches).toEqual([[100, ...many]]);
  await Promise.all([gathering, sent]);
});

test("nothing is scheduled after the last call", async () => {
  vi.useFakeTimers();
  try {
    const { batches, batcher } = recorded(10);
    await batcher.call(1);
    expect([batches, vi.getTimerCount()]).toEqual([[[1]], 0]);
  } finally {
    vi.useRealTimers();
  }
});
