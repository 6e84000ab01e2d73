import { expect, test } from "vitest";
import { JobSlots } from "./jobSlots.ts";

test("jobs run in the order in which they came, as many as there are slots", async () => {
  const slots = new JobSlots(2, () => {});
  const [first, second, third, fourth] = [
    slots.take(1),
    slots.take(1),
    slots.take(1),
    slots.take(1),
  ];
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

test("of jobs that wait, an urgent one takes the next slot", () => {
  const slots = new JobSlots(1, () => {});
  const running = slots.take(101);
  const [early, urgent, late, other] = [101, 1, 1, 101].map((priority) => slots.take(priority));
  running.end();
  expect([early, urgent, late, other].map((job) => job?.isFree)).toEqual([
    false,
    true,
    false,
    false,
  ]);
  urgent?.end();
  expect(late?.isFree).toBe(true);
  late?.end();
  expect(early?.isFree).toBe(true);
});

test("between two functions a job leaves its slot to a more urgent one, and goes on after it", async () => {
  const slots = new JobSlots(1, () => {});
  const carried = slots.take(101);
  const [equal, urgent] = [slots.take(101), slots.take(1)];
  const again = carried.giveWay();
  expect([carried, equal, urgent].map(({ isFree }) => isFree)).toEqual([false, false, true]);
  urgent.end();
  expect(await again).toBe(true);
  expect(equal.isFree).toBe(false);
  expect(await carried.giveWay()).toBe(true);
  expect([carried.isFree, equal.isFree]).toEqual([true, false]);
  carried.end();
  expect(equal.isFree).toBe(true);
});

test("a job that has left its slot is turned away when slots close", async () => {
  const slots = new JobSlots(1, () => {});
  const carried = slots.take(101);
  const urgent = slots.take(1);
  const again = carried.giveWay();
  slots.close();
  expect(await again).toBe(false);
  carried.end();
  urgent.end();
});

test("ending a job twice frees one slot", () => {
  const slots = new JobSlots(1, () => {});
  const first = slots.take(1);
  const [second, third] = [slots.take(1), slots.take(1)];
  first.end();
  first.end();
  expect([second.isFree, third.isFree]).toEqual([true, false]);
});

test("a slot whose job has ended is free for the next one", () => {
  const slots = new JobSlots(1, () => {});
  slots.take(1).end();
  expect(slots.take(1).isFree).toBe(true);
});

test("a job that ends before its turn leaves its place", () => {
  const slots = new JobSlots(1, () => {});
  const first = slots.take(1);
  const [second, third] = [slots.take(1), slots.take(1)];
  second.end();
  first.end();
  expect(third.isFree).toBe(true);
});

test("closed slots turn away what waits and what comes later, not what runs", async () => {
  const slots = new JobSlots(1, () => {});
  const running = slots.take(1);
  const waiting = slots.take(1);
  const answer = waiting.wait();
  slots.close();
  expect(await answer).toBe(false);
  expect(await slots.take(1).wait()).toBe(false);
  expect(await running.wait()).toBe(true);
  waiting.end();
  running.end();
  expect(slots.take(1).isFree).toBe(false);
});

test("jobs are fetched ahead only where slots are free soon", async () => {
  const told: number[] = [];
  const quick = new JobSlots(8, (jobs) => void told.push(jobs));
  for (let job = 0; job < 3; job++) quick.take(1).end();
  expect(told).toEqual([10]);

  const slow: number[] = [];
  const slots = new JobSlots(1, (jobs) => void slow.push(jobs));
  const job = slots.take(1);
  const startedMs = performance.now();
  while (performance.now() - startedMs < 50) await new Promise(setImmediate);
  job.end();
  expect(slow).toEqual([]);
});
