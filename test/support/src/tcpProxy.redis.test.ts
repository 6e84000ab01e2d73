import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { leakCheck } from "./leakCheck.ts";
import { cleanPrefix, redisUrlForTests, testPrefix } from "./redisForTests.ts";
import { startTcpProxy } from "./tcpProxy.ts";

/** A client that gives a command up when its connection breaks, and one that sends it again. */
const once = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };
const always = { autoResendUnfulfilledCommands: true, maxRetriesPerRequest: null };

/** A client behind a proxy, and one that goes straight to the server. */
async function setUp(options: typeof once | typeof always = always) {
  const leaks = leakCheck();
  const url = redisUrlForTests();
  const key = testPrefix();
  const proxy = await startTcpProxy(url);
  const behind = new Redis(proxy.url, {
    retryStrategy: () => 5,
    disconnectTimeout: 50,
    ...options,
  });
  const straight = new Redis(url);
  behind.on("error", () => {});
  onTestFinished(async () => {
    behind.disconnect();
    straight.disconnect();
    await proxy.close();
    await cleanPrefix(url, key);
    await leaks.verify();
  });
  await behind.ping();
  return { proxy, behind, straight, key };
}

test("without a fault, everything passes, in whatever pieces", async () => {
  const { proxy, behind, key } = await setUp();
  expect(proxy.connections).toBe(1);
  const value = "x".repeat(2_000);
  await behind.set(key, value);
  proxy.chop(7);
  expect(await behind.get(key)).toBe(value);
});

test("a delay holds for each direction and keeps the order", async () => {
  const { proxy, behind, key } = await setUp();
  proxy.delay({ toServerMs: 30, toClientMs: 30, jitterMs: 20 });
  const startMs = performance.now();
  const replies = await Promise.all([1, 2, 3, 4].map(() => behind.incr(key)));
  expect(replies).toEqual([1, 2, 3, 4]);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(59);
});

test("a cut connection breaks what was on its way, and the client may come back", async () => {
  const { proxy, behind } = await setUp(once);
  proxy.delay({ toClientMs: 60_000 });
  const answer = behind.ping();
  const broken = expect(answer).rejects.toThrow();
  await eventually(() => proxy.connections === 1);
  proxy.heal();
  proxy.cut();
  await broken;
  await eventually(() => behind.status === "ready");
  expect(await behind.ping()).toBe("PONG");
});

test("a refused client connects once it is healed", async () => {
  const { proxy, behind } = await setUp();
  proxy.refuse();
  proxy.cut();
  await eventually(() => behind.status === "reconnecting");
  const answer = behind.ping();
  proxy.heal();
  expect(await answer).toBe("PONG");
});

test("in a black hole toward the client the command runs and no answer comes", async () => {
  const { proxy, behind, straight, key } = await setUp(once);
  proxy.swallow("toClient");
  let answered = false;
  const answer = behind.incr(key).finally(() => {
    answered = true;
  });
  const broken = expect(answer).rejects.toThrow();
  await eventually(async () => (await straight.get(key)) === "1");
  expect(answered).toBe(false);
  proxy.heal();
  await broken;
});

test("in a black hole toward the server nothing arrives", async () => {
  const { proxy, behind, straight, key } = await setUp(once);
  proxy.swallow("toServer");
  const broken = expect(behind.incr(key)).rejects.toThrow();
  expect(await straight.get(key)).toBeNull();
  proxy.heal();
  await broken;
  expect(await straight.get(key)).toBeNull();
});

test("after n replies the next command runs and its answer is lost", async () => {
  const { proxy, behind, straight, key } = await setUp(once);
  const cut = proxy.cutAfterReplies(2);
  const answers = await Promise.allSettled([1, 2, 3].map(() => behind.incr(key)));
  await cut;
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(await straight.get(key)).toBe("3");
});

test("of many commands at once, the one named loses its answer", async () => {
  const { proxy, behind, straight, key } = await setUp(once);
  const cut = proxy.cutBeforeReplyTo(`${key}:second`);
  const answers = await Promise.allSettled([
    behind.incr(`${key}:first`),
    behind.incr(`${key}:second`),
  ]);
  await cut;
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(await straight.get(`${key}:second`)).toBe("1");
});

test("a client that resends does twice what it was not told of", async () => {
  const { proxy, behind, straight, key } = await setUp();
  void proxy.cutBeforeReplyTo(key);
  expect(await behind.incr(key)).toBe(2);
  expect(await straight.get(key)).toBe("2");
});
