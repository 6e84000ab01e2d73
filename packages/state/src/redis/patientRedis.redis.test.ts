import { eventually, type RedisServer, startRedis, startTcpProxy } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logRedisWaits } from "./logRedisWaits.ts";
import type { PatientRedis } from "./patientRedis.ts";
import { openRedis } from "./redisConnection.ts";
import type { RedisWait } from "./redisWait.ts";

let server: RedisServer;
let redis: PatientRedis;
let admin: Redis;
let waits: RedisWait[];
beforeEach(async () => {
  waits = [];
  server = await startRedis({ appendonly: true });
  redis = await openRedis(server.url, { name: "test", onWait: (wait) => waits.push(wait) });
  admin = new Redis(server.url);
  admin.on("error", () => {});
});
afterEach(async () => {
  redis.disconnect();
  admin.disconnect();
  await server.stop();
});

const full = () => admin.config("SET", "maxmemory", "1");
const roomy = () => admin.config("SET", "maxmemory", "0");

test("a command, a pipeline and a transaction wait until a full Redis takes writes again", async () => {
  await full();
  const writes = [
    redis.set("a", "1"),
    redis.pipeline().set("b", "1").get("b").exec(),
    redis.multi().set("c", "1").get("c").exec(),
    redis
      .pipeline()
      .set("d", Buffer.from([255]))
      .getBuffer("d")
      .exec(),
  ];
  // Reads continue, and nothing has failed.
  expect(await redis.get("a")).toBeNull();
  await eventually(() => waits.length > 0);
  expect(waits[0]).toMatchObject({
    kind: "waiting",
    trouble: { name: "OOM" },
    text: expect.stringMatching(/no memory left.*Raise maxmemory/),
  });
  await roomy();
  expect(await Promise.all(writes)).toEqual([
    "OK",
    [
      [null, "OK"],
      [null, "1"],
    ],
    [
      [null, "OK"],
      [null, "1"],
    ],
    [
      [null, "OK"],
      [null, Buffer.from([255])],
    ],
  ]);
  await eventually(() => waits.at(-1)?.kind === "over");
  // One line at its beginning and one at its end, however many commands waited.
  expect(waits.map(({ kind }) => kind)).toEqual(["waiting", "over"]);
});

test("a command fails when its patience is over, and the error says what it waited for", async () => {
  redis.patienceMs = 1_000;
  await full();
  await expect(redis.set("a", "1")).rejects.toMatchObject({
    code: "INFILL_REDIS_NOT_READY",
    message: expect.stringMatching(/no memory left.*Gave up after 1 seconds\.$/),
  });
  await expect(redis.multi().set("a", "1").exec()).rejects.toMatchObject({
    code: "INFILL_REDIS_NOT_READY",
  });
  await server.kill9();
  await expect(redis.get("a")).rejects.toMatchObject({ code: "INFILL_REDIS_UNREACHABLE" });
});

test("a lost Redis is reported once, and once more when it is back", async () => {
  await server.kill9();
  const written: string[] = [];
  const note = (message: string) => written.push(message);
  redis.waits.listen(logRedisWaits({ info: note, warn: note, error: note }));
  await eventually(() => written.length > 0);
  await server.restart();
  expect(await redis.get("a")).toBeNull();
  await eventually(() => written.length > 1);
  expect(written).toEqual([
    // A service continues by itself, and nobody is about to type a flag.
    expect.stringMatching(
      /^waiting for Redis: Redis at .* is unreachable \(\w+\)\. This process tries again and goes on when/,
    ),
    "Redis answers again",
  ]);
});

test("a frozen Redis is reported too", async () => {
  server.freeze();
  const read = redis.get("a");
  await eventually(() => waits.length > 0, { timeoutMs: 15_000 });
  expect(waits[0]).toMatchObject({ trouble: { name: "no answer" } });
  server.thaw();
  expect(await read).toBeNull();
});

test('an error other than "not now" fails at once', async () => {
  await redis.set("a", "text");
  await expect(redis.hget("a", "x")).rejects.toThrow("WRONGTYPE");
  const [answer] = (await redis.pipeline().hget("a", "x").exec()) ?? [];
  expect(answer?.[0]?.message).toContain("WRONGTYPE");
  await expect(redis.multi().hset("a").exec()).rejects.toThrow("EXECABORT");
});

test("a command sent before a connection is ready gets its answer, even if the connection breaks once more", async () => {
  const proxy = await startTcpProxy(server.url);
  const behind = await openRedis(proxy.url, { name: "test" });
  try {
    // The handshake passes; INFO, which tells ioredis that the server is ready, gets no answer.
    const isSeen = proxy.cutBeforeReplyTo("client\r\n");
    proxy.cut();
    await isSeen;
    proxy.swallow("toClient");
    await eventually(() => behind.status === "connect");
    const answers = Promise.all([behind.time(), behind.client("ID"), behind.info("server")]);
    proxy.heal();
    expect(await answers).toHaveLength(3);
  } finally {
    behind.disconnect();
    await proxy.close();
  }
});
