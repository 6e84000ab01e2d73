import { expect, test } from "vitest";
import { JobSlots } from "./jobSlots.ts";

test("jobs run in the order in which they came, as many as there are slots", async () => {
  const slots = new JobSlots(2, () => {});
  const [first, second, third, fourth] = [slots.take(), slots.take(), slots.take(), slots.take()];
  expect([first, second, third, fourth].map(({ isFree }) => isFree)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(await first.wait()).toBe(true);
  const order: string[] = [];
  const waits = [third.wait(), fourth.wait()].map((wait, index) =>
    wait.then(() => void order.push(["third", "fourth"][index] ?? "")),
  );
  second.end();
  await waits[0];
  expect(order).toEqual(["third"]);
  first.end();
  await waits[1];
  expect(order).toEqual(["third", "fourth"]);
});

test("ending a job twice frees one slot", () => {
  const slots = new JobSlots(1, () => {});
  const first = slots.take();
  const [second, third] = [slots.take(), slots.take()];
  first.end();
  first.end();
  expect([second.isFree, third.isFree]).toEqual([true, false]);
});

test("a slot whose job has ended is free for the next one", () => {
  const slots = new JobSlots(1, () => {});
  slots.take().end();
  expect(slots.take().isFree).toBe(true);
});

test("a job that ends before its turn leaves its place", () => {
  const slots = new JobSlots(1, () => {});
  const first = slots.take();
  const [second, third] = [slots.take(), slots.take()];
  second.end();
  first.end();
  expect(third.isFree).toBe(true);
});

test("closed slots turn away what waits and what comes later, not what runs", async () => {
  const slots = new JobSlots(1, () => {});
  const running = slots.take();
  const waiting = slots.take();
  const answer = waiting.wait();
  slots.close();
  expect(await answer).toBe(false);
  expect(await slots.take().wait()).toBe(false);
  expect(await running.wait()).toBe(true);
  waiting.end();
  running.end();
  expect(slots.take().isFree).toBe(false);
});

test("jobs are fetched ahead only where slots are free soon", async () => {
  const told: number[] = [];
  const quick = new JobSlots(8, (jobs) => void told.push(jobs));
  for (let job = 0; job < 3; job++) quick.take().end();
  expect(told).toEqual([10]);

  const slow: number[] = [];
  const slots = new JobSlots(1, (jobs) => void slow.push(jobs));
  const job = slots.take();
  const startedMs = performance.now();
  while (performance.now() - startedMs < 50) await new Promise(setImmediate);
  job.end();
  expect(slow).toEqual([]);
});
