import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { FinishedBackfill, PausedBackfill } from "@infill/core";
import { eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";

const secret = "deliveries-e2e-secret";
const received: { readonly signature: string; readonly body: string }[] = [];
/** While set, requests are heard and never answered. */
let isSilent = true;
let server: Server;
let engine: Engine;
let url: string;

beforeAll(async () => {
  process.env["DELIVERIES_E2E_SECRET"] = secret;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ signature: String(request.headers["infill-signature"]), body });
      if (!isSilent) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}/`;
  engine = await startEngine(redisUrlForTests(), {
    namespace: testPrefix(),
    failing: { "raw 2001-01-02": 0, "raw 2001-01-05": 0 },
    webhooks: [
      {
        url,
        secretEnv: "DELIVERIES_E2E_SECRET",
        timeoutMs: 3_000,
      },
    ],
  });
});
afterAll(async () => {
  await engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a summary survives the planner that was delivering it: another one delivers it under the same id", async () => {
  const { client } = engine;
  const first = await engine.start("planner");
  await engine.start("worker");
  const { id = "" } = await client.backfills.create({
    assets: "raw+",
    partitions: "[2001-01-01...2001-01-10]",
    retry: { maxAttempts: 1 },
    label: "ten days",
  });
  expect((await engine.ended(id)).status).toBe("failed");
  await eventually(() => received.length > 0, { timeoutMs: 30_000, what: "the first attempt" });
  first.kill("SIGKILL");
  await first.exited;
  isSilent = false;
  const heard = received.length;
  await engine.start("planner");
  await eventually(() => received.length > heard, { timeoutMs: 60_000, what: "another attempt" });
  await eventually(async () => (await client.deliveries.list()).length === 0, {
    timeoutMs: 30_000,
  });
  for (const { signature, body } of received) {
    const [, seconds = "", digest] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? [];
    expect(digest).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
    const summary: FinishedBackfill = JSON.parse(body);
    expect(summary).toMatchObject({
      deliveryId: `${id}-1`,
      sequence: 1,
      status: "failed",
      label: "ten days",
      failureGroups: [{ error: "Error: no data for raw {time}", count: 2 }],
    });
    const { counts } = await client.backfills.get(id);
    const { selected, succeeded, failed, skipped, canceled } = counts;
    expect(summary.counts).toEqual({ selected, succeeded, failed, skipped, canceled });
    expect(failed).toBe(2);
    expect(skipped).toBeGreaterThan(2);
  }
});

test("a group of failures is retried alone, and the end of that has a summary of its own", async () => {
  const { client } = engine;
  const { items } = await client.backfills.list({ limit: 1 });
  const id = items[0]?.id ?? "";
  const { groups } = await client.backfills.listFailures(id);
  expect(groups.map(({ count }) => count)).toEqual([2]);
  const before = received.length;
  const { reopened } = await client.backfills.retry(id, { group: groups[0]?.fingerprint ?? "" });
  expect(reopened).toBeGreaterThan(4);
  await eventually(() => received.length > before, { timeoutMs: 60_000 });
  const summary: FinishedBackfill = JSON.parse(received.at(-1)?.body ?? "");
  expect(summary).toMatchObject({ deliveryId: `${id}-2`, sequence: 2, status: "failed" });
  expect(summary.counts.failed).toBe(2);
});

test("a pause over the budget is delivered once, though the planner died between the pause and its delivery", async () => {
  isSilent = false;
  const paused = await startEngine(redisUrlForTests(), {
    namespace: testPrefix(),
    failing: { "raw 2001-01-01": 0 },
    // One after another, so that the first fails long before the last: what has ended cannot be paused.
    concurrency: 1,
    durationMs: 2_000,
    webhooks: [{ url }],
  });
  try {
    const { client } = paused;
    await paused.start("worker");
    const { id = "" } = await client.backfills.create({
      assets: "raw",
      partitions: "[2001-01-01...2001-01-10]",
      retry: { maxAttempts: 1 },
      budget: { failures: 1 },
      label: "over budget",
    });
    const before = received.length;
    const first = await paused.start("planner", { INFILL_CRASH_AT: "after:pause" });
    await first.exited;
    expect((await client.backfills.get(id)).status).toBe("paused");
    expect(received).toHaveLength(before);
    // The planner may have taken it in its last moment, without time to send it.
    expect(await client.deliveries.list()).toMatchObject([
      { deliveryId: `${id}-1`, event: "paused" },
    ]);
    await Promise.all([paused.start("planner"), paused.start("planner")]);
    await eventually(async () => (await client.deliveries.list()).length === 0, {
      timeoutMs: 60_000,
      what: "the delivery",
    });
    const heard = received.slice(before).map(({ body }) => JSON.parse(body) as PausedBackfill);
    expect(heard).toMatchObject([
      {
        type: "backfill.paused",
        event: "paused",
        deliveryId: `${id}-1`,
        backfillId: id,
        status: "paused",
        cause: "budget",
        pauseReason: "budget: 1 partition has failed; the limit is 1",
        resume: `infill backfill resume ${id}`,
        label: "over budget",
        counts: { selected: 10, failed: 1 },
        failureGroups: [{ count: 1 }],
      },
    ]);
  } finally {
    await paused.close();
  }
});
