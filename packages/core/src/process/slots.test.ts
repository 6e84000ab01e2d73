import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

test("a returned slot goes to the task that has waited longest", async () => {
  const slots = new Slots(2);
  expect([slots.take(), slots.take()]).toEqual([undefined, undefined]);
  const order: number[] = [];
  const waiting = [1, 2].map(async (which) => {
    await slots.take();
    order.push(which);
  });
  slots.giveBack();
  slots.giveBack();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  slots.giveBack();
  expect(slots.take()).toBeUndefined();
});
