import { expect, test } from "vitest";
import { StopOrder } from "./stopOrder.ts";

test("a signal that was read before the order fires with its reason", () => {
  const stop = new StopOrder();
  const { signal } = stop;
  expect(signal.aborted).toBe(false);
  stop.give("canceled");
  expect(signal.reason).toBe(stop.error);
  expect(stop.reason).toBe("canceled");
});

test("a signal that is read after the order has fired already", () => {
  const stop = new StopOrder();
  stop.give("lost");
  expect(stop.signal.aborted).toBe(true);
  expect(stop.signal.reason).toMatchObject({ reason: "lost" });
});

test("a second order changes nothing, and each listener is called once, also a late one", () => {
  const stop = new StopOrder();
  const heard: (string | undefined)[] = [];
  stop.onGiven(() => heard.push(stop.reason));
  stop.give("timeout");
  stop.give("draining");
  expect(heard).toEqual(["timeout"]);
  stop.onGiven(() => heard.push("late"));
  expect(heard).toEqual(["timeout", "late"]);
});
