import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { Summary } from "@infill/planning";
import { postWebhook } from "./postWebhook.ts";

let server: Server | undefined;
afterEach(async () => {
  const open = server;
  server = undefined;
  if (open === undefined) return;
  open.closeAllConnections();
  await new Promise((resolve) => open.close(resolve));
});

const counts = { selected: 1, succeeded: 1, failed: 0, skipped: 0, canceled: 0 };
const summary: Summary = {
  version: 1,
  status: "succeeded",
  type: "backfill.finished",
  deliveryId: "bf_01JD3K9V000000000000000000-1",
  backfillId: "bf_01JD3K9V000000000000000000",
  sequence: 1,
  label: "",
  actor: "tester",
  reason: "",
  createdAt: "2024-06-01T12:00:00.000Z",
  finishedAt: "2024-06-01T12:00:01.000Z",
  counts,
  assets: [{ asset: "sales", counts }],
  failureGroups: [],
};

/** The error of a delivery to a receiver that answers with this status, or never. */
async function refusal(answer: number | "never"): Promise<unknown> {
  const receiver = createServer((request, response) => {
    request.resume();
    if (answer === "never") return;
    response.statusCode = answer;
    response.end();
  });
  server = receiver;
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const address = receiver.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/hook?token=secret`;
  const webhook = { url, events: ["succeeded" as const], timeoutMs: 200, maxAttempts: 1 };
  return postWebhook(webhook, undefined, summary, 0).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.each([
  ["refuses", 503 as const, "it answered with status 503"],
  ["redirects", 302 as const, "it answered with status 302"],
  ["does not answer", "never" as const, "no answer within 200 ms"],
])(
  "a receiver that %s fails the delivery with a code and without any part of the URL",
  async (...row) => {
    const [, answer, message] = row;
    expect(await refusal(answer)).toMatchObject({ code: "INFILL_DELIVERY_FAILED", message });
  },
);

test("a 2xx status of a receiver ends the delivery", async () => {
  expect(await refusal(204)).toBeUndefined();
});
