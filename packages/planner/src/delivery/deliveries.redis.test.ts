import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import {
  asset,
  type FinishedBackfill,
  type PausedBackfill,
  project,
  type Project,
  type ProjectOptions,
} from "@infill/core";
import { daily } from "@infill/partitions";
import {
  openStateStore,
  readBackfill,
  readParkedDeliveries,
  redeliverParked,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import { pauseByItself } from "../backfillRun/pauseByItself.ts";
import type { RunningPlanner } from "../engine/plannerOptions.ts";
import { startPlanner } from "../engine/startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const secret = "a-secret-of-this-test-6a1f";
process.env["DELIVERIES_TEST_SECRET"] = secret;

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Requests that arrived, and the answers to the next ones: a status, or none; 200 when the list is
 * empty.
 */
const received: Received[] = [];
let answers: (number | "never")[] = [];
let server: Server;
let hookUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body });
      const answer = answers.shift() ?? 200;
      if (answer === "never") return;
      if (answer === 302) response.setHeader("location", "/elsewhere");
      response.statusCode = answer;
      response.end("x".repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  hookUrl = `http://127.0.0.1:${address.port}/hook?token=in-the-url`;
});

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((thing) => thing.close()));
  received.length = 0;
  answers = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cleanPrefix(url, prefix);
});

let nextNamespace = 1;

function projectWith(options: Partial<ProjectOptions>): Project {
  const raw = asset({
    name: "raw",
    partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
    materialize: () => {},
  });
  return project({ namespace: `${prefix}-${nextNamespace++}`, assets: [raw], ...options });
}

async function clientOf(of: Project): Promise<InfillClient> {
  const client = await connect(of, { redisUrl: url });
  opened.push(client);
  return client;
}

async function plannerOf(of: Project): Promise<RunningPlanner> {
  const planner = await startPlanner({ project: of, redisUrl: url, tickMs: 200 });
  opened.push(planner);
  return planner;
}

async function storeOf({ namespace }: Project): Promise<StateStore> {
  const store = await openStateStore(url, namespace, "test");
  opened.push(store);
  return store;
}

/** A backfill that a planner ends: it is canceled before any partition ran. */
async function canceled(client: InfillClient): Promise<string> {
  const { id } = await client.backfills.create({ assets: "raw", label: "spring", actor: "ann" });
  if (id === undefined) throw new Error("nothing was to run");
  await client.backfills.cancel(id, { actor: "bob" });
  return id;
}

const bodyOf = ({ body }: Received): FinishedBackfill => JSON.parse(body);

test("one signed summary is sent again with one delivery id until the target accepts it", async () => {
  const definition = projectWith({
    webhooks: [{ url: hookUrl, secretEnv: "DELIVERIES_TEST_SECRET" }],
  });
  const client = await clientOf(definition);
  answers = [500, 302];
  await plannerOf(definition);
  const id = await canceled(client);
  await eventually(() => received.length === 3, { timeoutMs: 30_000, what: "three attempts" });
  for (const request of received) {
    expect(request.path).toBe("/hook?token=in-the-url");
    expect(request.headers["infill-delivery"]).toBe(`${id}-1`);
    const [, seconds = "", digest] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers["infill-signature"])) ?? [];
    const expected = createHmac("sha256", secret)
      .update(`${seconds}.${request.body}`)
      .digest("hex");
    expect(digest).toBe(expected);
    expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(120);
    const counts = { selected: 10, succeeded: 0, failed: 0, skipped: 0, canceled: 10 };
    expect(bodyOf(request)).toMatchObject({
      version: 1,
      type: "backfill.finished",
      deliveryId: `${id}-1`,
      backfillId: id,
      sequence: 1,
      status: "canceled",
      label: "spring",
      actor: "ann",
      counts,
      assets: [{ asset: "raw", counts }],
      failureGroups: [],
    });
  }
  const { finishedAt, createdAt } = await client.backfills.get(id);
  expect(bodyOf(received[0] as Received)).toMatchObject({ finishedAt, createdAt });
  await eventually(async () => (await client.deliveries.list()).length === 0);
  const { items } = await client.backfills.listEvents(id);
  expect(items.at(-1)).toMatchObject({
    what: "delivered",
    details: { delivery: `${id}-1`, attempts: 3 },
  });
  // The secret and the URL's token are written nowhere, and nothing of the delivery is left.
  const store = await storeOf(definition);
  for (const key of await store.redis.keys(`${definition.namespace}:{backfills}*`)) {
    expect(key).not.toContain(":summary:");
    const dump = (await store.redis.dumpBuffer(key))?.toString("latin1") ?? "";
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain("in-the-url");
  }
});

test("one of several planners delivers, and each target gets the summary once", async () => {
  const seen: string[] = [];
  const definition = projectWith({
    onBackfillFinished: ({ deliveryId }) => void seen.push(deliveryId),
    webhooks: [{ url: hookUrl }, { url: `${hookUrl}&second`, events: ["canceled"] }],
  });
  const client = await clientOf(definition);
  await Promise.all([plannerOf(definition), plannerOf(definition), plannerOf(definition)]);
  const ids = await Promise.all([1, 2, 3, 4].map(() => canceled(client)));
  await eventually(
    async () => {
      const waiting = await client.deliveries.list();
      return waiting.length === 0 && received.length >= 8 && seen.length >= 4;
    },
    { timeoutMs: 30_000 },
  );
  const expected = ids.map((id) => `${id}-1`).sort();
  expect(seen.toSorted()).toEqual(expected);
  const delivered = received.map((request) => `${request.path} ${bodyOf(request).deliveryId}`);
  expect(new Set(delivered).size).toBe(8);
  expect(delivered).toHaveLength(8);
});

test("a retried backfill that ends again has another summary with the next sequence", async () => {
  const definition = projectWith({ webhooks: [{ url: hookUrl }] });
  const client = await clientOf(definition);
  await plannerOf(definition);
  const id = await canceled(client);
  await eventually(() => received.length === 1, { timeoutMs: 30_000 });
  await client.backfills.retry(id);
  await client.backfills.cancel(id);
  await eventually(() => received.length === 2, { timeoutMs: 30_000 });
  expect(received.map((request) => bodyOf(request).deliveryId)).toEqual([`${id}-1`, `${id}-2`]);
});

test("a rejecting function is called again; a webhook gets only the endings that it wants", async () => {
  const calls: FinishedBackfill[] = [];
  const definition = projectWith({
    async onBackfillFinished(summary) {
      calls.push(summary);
      if (calls.length === 1) throw new Error("not now");
    },
    webhooks: [{ url: hookUrl, events: ["succeeded", "failed"] }],
  });
  const client = await clientOf(definition);
  await plannerOf(definition);
  const id = await canceled(client);
  await eventually(() => calls.length === 2, { timeoutMs: 30_000 });
  expect(calls.map(({ deliveryId }) => deliveryId)).toEqual([`${id}-1`, `${id}-1`]);
  await eventually(async () => (await client.deliveries.list()).length === 0);
  expect(received).toEqual([]);
});

test("an unanswered delivery is tried as often as the webhook says, then parked and listed", async () => {
  const definition = projectWith({
    webhooks: [{ url: hookUrl, timeoutMs: 100, maxAttempts: 2 }],
  });
  const client = await clientOf(definition);
  answers = ["never", "never", "never"];
  await plannerOf(definition);
  const id = await canceled(client);
  const parked = await eventually(
    async () => (await client.deliveries.list()).find(({ status }) => status === "parked"),
    { timeoutMs: 30_000 },
  );
  expect(parked).toMatchObject({
    deliveryId: `${id}-1`,
    target: expect.stringMatching(/^webhook:127\.0\.0\.1:\d+:[0-9a-f]{8}$/),
    attempts: 2,
    error: "no answer within 100 ms",
  });
  expect(received).toHaveLength(2);
  const { items } = await client.backfills.listEvents(id);
  expect(items.at(-1)).toMatchObject({ what: "delivery_parked", details: { attempts: 2 } });
});

test("a parked delivery is sent again on demand with its id and all attempts, once even if asked for twice", async () => {
  const definition = projectWith({
    webhooks: [
      { url: `${hookUrl}&to=down`, timeoutMs: 2_000, maxAttempts: 1 },
      { url: `${hookUrl}&to=down-too`, timeoutMs: 2_000, maxAttempts: 1 },
    ],
  });
  const client = await clientOf(definition);
  answers = [500, 500];
  const planner = await plannerOf(definition);
  const id = await canceled(client);
  const parked = async () =>
    (await client.deliveries.list()).filter(({ status }) => status === "parked");
  await eventually(async () => (await parked()).length === 2, { timeoutMs: 30_000 });
  const before = await parked();
  // A dry run changes nothing.
  expect(await client.deliveries.redeliver("all", { dryRun: true })).toEqual(before);
  expect(await parked()).toEqual(before);
  await planner.close();
  const by = { actor: "ann", reason: "the receiver works again" };
  const sent = await Promise.all([1, 2, 3].map(() => client.deliveries.redeliver(`${id}-1`, by)));
  expect(sent.flat()).toHaveLength(2);
  expect(sent.flat()).toEqual(expect.arrayContaining([...before]));
  // A delivery that is due is not parked.
  expect(await client.deliveries.redeliver("all")).toEqual([]);
  expect(await client.deliveries.redeliver(`${id}-1`)).toEqual([]);
  const waiting = await client.deliveries.list();
  expect(waiting.map(({ status, attempts }) => [status, attempts])).toEqual([
    ["waiting", 0],
    ["waiting", 0],
  ]);
  const heard = received.length;
  await plannerOf(definition);
  await eventually(async () => (await client.deliveries.list()).length === 0, {
    timeoutMs: 30_000,
  });
  const again = received.slice(heard);
  const paths = new Set(again.map(({ path }) => path.split("to=")[1]));
  expect([again.length, paths]).toEqual([2, new Set(["down", "down-too"])]);
  expect(again.map(({ headers }) => headers["infill-delivery"])).toEqual([`${id}-1`, `${id}-1`]);
  const { items } = await client.backfills.listEvents(id);
  const asked = items.filter(({ what }) => what === "delivery_requested");
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatchObject({ ...by, details: { delivery: `${id}-1`, attempts: 1 } });
  // Nothing of it is left.
  for (const gone of [`${id}-1`, `${id}-9`, "bf_x", "", "*"])
    await expect(client.deliveries.redeliver(gone)).rejects.toMatchObject({
      code: "INFILL_DELIVERY_UNKNOWN",
    });
  expect(await client.deliveries.redeliver("all")).toEqual([]);
});

test("a parked delivery of a deleted backfill is not sent again", async () => {
  const definition = projectWith({
    webhooks: [{ url: hookUrl, timeoutMs: 2_000, maxAttempts: 1 }],
  });
  const client = await clientOf(definition);
  const store = await storeOf(definition);
  answers = [500];
  await plannerOf(definition);
  const id = await canceled(client);
  await eventually(
    async () => (await client.deliveries.list()).some(({ status }) => status === "parked"),
    { timeoutMs: 30_000 },
  );
  const [parked] = await readParkedDeliveries(store, 10);
  if (parked === undefined) throw new Error("nothing is parked");
  await client.backfills.delete(id);
  expect(await redeliverParked(store, [parked], {})).toEqual([]);
  // Even if a list still has its id.
  await store.redis.zadd(store.keys.parkedDeliveries, 1, `${id}-1 ${parked.target}`);
  expect(await client.deliveries.redeliver("all")).toEqual([]);
  expect(await client.deliveries.list()).toEqual([]);
  expect(received).toHaveLength(1);
});

test("a summary without targets is deleted, and an end gets only one summary", async () => {
  const definition = projectWith({});
  const client = await clientOf(definition);
  const store = await storeOf(definition);
  const { id } = await client.backfills.create({ assets: "raw" });
  if (id === undefined) throw new Error("nothing was to run");
  const end = { to: "failed", from: ["running"], summary: '{"version":1}' } as const;
  await Promise.all([1, 2, 3].map(() => setBackfillStatus(store, id, end)));
  expect((await client.deliveries.list()).map(({ deliveryId }) => deliveryId)).toEqual([`${id}-1`]);
  const other = await canceled(client);
  await plannerOf(definition);
  await eventually(async () => (await client.backfills.get(other)).status === "canceled");
  await eventually(
    async () => !(await client.deliveries.list()).some(({ backfillId }) => backfillId === other),
  );
  expect(await store.redis.exists(store.keys.summary(other, 1))).toBe(0);
});

test("each pause by a planner is delivered once to the function and to the webhooks that want it", async () => {
  const calls: PausedBackfill[] = [];
  const ends: string[] = [];
  const definition = projectWith({
    onBackfillPaused: (summary) => void calls.push(summary),
    onBackfillFinished: ({ deliveryId }) => void ends.push(deliveryId),
    webhooks: [
      { url: `${hookUrl}&to=all` },
      { url: `${hookUrl}&to=pauses`, events: ["paused"] },
      { url: `${hookUrl}&to=ends`, events: ["failed", "canceled", "succeeded"] },
    ],
  });
  const client = await clientOf(definition);
  const store = await storeOf(definition);
  const { id } = await client.backfills.create({ assets: "raw", label: "spring" });
  if (id === undefined) throw new Error("nothing was to run");
  const registered = new Map();
  const pauseIt = async (cause: "budget" | "canary") => {
    const record = await readBackfill(store, id);
    const pauses = [1, 2, 3].map(() => pauseByItself({ store, registered }, record, cause, "why"));
    expect((await Promise.all(pauses)).filter((changed) => changed)).toHaveLength(1);
    return record;
  };
  const stale = await pauseIt("budget");
  expect((await client.backfills.get(id)).pause).toMatchObject({ reason: "why" });
  expect(await client.deliveries.list()).toMatchObject([{ event: "paused", status: "waiting" }]);
  await client.backfills.resume(id);
  // A decision from before a person's resume no longer counts.
  expect(await pauseByItself({ store, registered }, stale, "budget", "why")).toBe(false);
  await client.backfills.pause(id, { reason: "lunch" });
  expect(await client.deliveries.list()).toHaveLength(1);
  await client.backfills.resume(id);
  await pauseIt("canary");
  await client.backfills.cancel(id);
  await plannerOf(definition);
  await eventually(() => ends.length === 1 && received.length === 6 && calls.length === 2, {
    timeoutMs: 30_000,
  });
  await eventually(async () => (await client.deliveries.list()).length === 0);
  const heard = received.map((request) => {
    const { type, deliveryId } = bodyOf(request);
    expect(request.headers["infill-event"]).toBe(type);
    return `${request.path.split("to=")[1]} ${type} ${deliveryId}`;
  });
  expect(heard.toSorted()).toEqual(
    [
      `all backfill.finished ${id}-3`,
      `all backfill.paused ${id}-1`,
      `all backfill.paused ${id}-2`,
      `ends backfill.finished ${id}-3`,
      `pauses backfill.paused ${id}-1`,
      `pauses backfill.paused ${id}-2`,
    ].toSorted(),
  );
  expect(ends).toEqual([`${id}-3`]);
  expect(calls.toSorted((a, b) => a.sequence - b.sequence)).toMatchObject([
    { type: "backfill.paused", cause: "budget", label: "spring", counts: { selected: 10 } },
    { type: "backfill.paused", cause: "canary", resume: `infill backfill resume ${id}` },
  ]);
});

test("an undelivered pause is deleted with its backfill", async () => {
  const definition = projectWith({ webhooks: [{ url: hookUrl }] });
  const client = await clientOf(definition);
  const store = await storeOf(definition);
  const { id } = await client.backfills.create({ assets: "raw" });
  if (id === undefined) throw new Error("nothing was to run");
  const record = await readBackfill(store, id);
  await pauseByItself({ store, registered: new Map() }, record, "budget", "why");
  await setBackfillStatus(store, id, { to: "canceled", from: ["paused"] });
  await client.backfills.delete(id);
  expect(await client.deliveries.list()).toEqual([]);
  expect(await store.redis.exists(store.keys.summary(id, 1))).toBe(0);
});

test("a planner without its webhook's secret in the environment does not start, and names the webhook", async () => {
  const definition = projectWith({ webhooks: [{ url: hookUrl, secretEnv: "NOT_SET_HERE" }] });
  await expect(startPlanner({ project: definition, redisUrl: url })).rejects.toMatchObject({
    code: "INFILL_WEBHOOK_SECRET_MISSING",
    variable: "NOT_SET_HERE",
  });
});

test.each(["ftp://a/b", "https://ann:pw@example.com/", "example.com/hook", ""])(
  "%j is no URL of a webhook",
  (text) => {
    expect(() => projectWith({ webhooks: [{ url: text }] })).toThrow(/webhooks/);
  },
);
