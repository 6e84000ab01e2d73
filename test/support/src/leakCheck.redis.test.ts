import { createServer } from "node:net";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { leakCheck } from "./leakCheck.ts";
import { redisUrlForTests, testPrefix } from "./redisForTests.ts";
import { spawnNode } from "./spawnNode.ts";

test("a test that closes what it opens passes", async () => {
  const url = redisUrlForTests();
  const clientName = testPrefix();
  const leaks = leakCheck({ redisUrl: url, clientName });
  const redis = new Redis(url, { connectionName: clientName });
  await redis.ping();
  await redis.quit();
  const child = spawnNode("-", [], { input: "1 + 1" });
  await child.exited;
  await leaks.verify();
});

test("a connection left open is named with its address and its origin", async () => {
  const url = redisUrlForTests();
  const clientName = testPrefix();
  const leaks = leakCheck({ redisUrl: url, clientName });
  const redis = new Redis(url, { connectionName: `${clientName}-worker` });
  await redis.ping();
  await expect(leaks.verify({ timeoutMs: 50 })).rejects.toThrow(
    new RegExp(
      `a connection to \\S+:\\d+, begun at .*a connection on the server: .*${clientName}-worker`,
      "s",
    ),
  );
  redis.disconnect();
});

test("a timer, and a server that listens, are leaks", async () => {
  const leaks = leakCheck();
  const timer = setInterval(() => {}, 60_000);
  await expect(leaks.verify({ timeoutMs: 50 })).rejects.toThrow(
    /a timer, begun at .*leakCheck.redis.test.ts:\d+/,
  );
  clearInterval(timer);

  const more = leakCheck();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await expect(more.verify({ timeoutMs: 50 })).rejects.toThrow("a server that listens");
  await new Promise((resolve) => server.close(resolve));
});

test("timers that keep nothing alive are not leaks", async () => {
  const leaks = leakCheck();
  const timer = setInterval(() => {}, 60_000).unref();
  await leaks.verify();
  clearInterval(timer);
});
