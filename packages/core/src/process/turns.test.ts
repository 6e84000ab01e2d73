import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

/** Keeps the process busy. */
function spin(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

test("work that does not fit into a turn runs in later ones, in the order of asking", async () => {
  const turns = new Turns();
  const order: string[] = [];
  const piece = async (name: string) => {
    await turns.next();
    spin(5);
    order.push(name);
  };
  const tick = () => setImmediate(() => order.push("tick"));
  tick();
  const pieces = Array.from({ length: 6 }, (_, index) => piece(String(index)));
  const ticks = setInterval(tick, 0);
  await Promise.all(pieces);
  clearInterval(ticks);
  expect(order.filter((name) => name !== "tick")).toEqual(["0", "1", "2", "3", "4", "5"]);
  // Others had a turn before the last piece.
  expect(order.indexOf("tick")).toBeLessThan(order.indexOf("5"));
});

test("work that fits into the turn runs at once", () => {
  const turns = new Turns();
  expect(turns.next()).toBeUndefined();
  expect(turns.next()).toBeUndefined();
});
