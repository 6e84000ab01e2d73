import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("gives what the condition gives once it is truthy", async () => {
  let asked = 0;
  const answer = await eventually(() => ++asked === 3 && "third", { intervalMs: 1 });
  expect(answer).toBe("third");
  expect(asked).toBe(3);
});

test("a throw counts as not yet, and is the cause when the time is over", async () => {
  const refusal = new Error("still 4 of 5");
  const waiting = eventually(
    () => {
      throw refusal;
    },
    { timeoutMs: 20, intervalMs: 1, what: "five" },
  );
  await expect(waiting).rejects.toMatchObject({
    message: "Waited 20 ms in vain for five: still 4 of 5",
    cause: refusal,
  });
});
