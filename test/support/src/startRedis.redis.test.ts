import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { isRunning } from "./isRunning.ts";
import { spawnNode } from "./spawnNode.ts";
import { type StartRedisOptions, startRedis } from "./startRedis.ts";

async function startFor(options?: StartRedisOptions) {
  const server = await startRedis(options);
  const redis = new Redis(server.url, { retryStrategy: () => 10 });
  redis.on("error", () => {});
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  return { server, redis };
}

test("a server answers as soon as it is there, and refuses to evict", async () => {
  const { redis } = await startFor();
  expect(await redis.ping()).toBe("PONG");
  expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
});

test("options and extra arguments reach the server", async () => {
  const { redis } = await startFor({
    maxmemoryPolicy: "allkeys-lru",
    extraArgs: ["--maxmemory", "20mb"],
  });
  expect(await redis.config("GET", "maxmemory-policy")).toEqual([
    "maxmemory-policy",
    "allkeys-lru",
  ]);
  expect(await redis.config("GET", "maxmemory")).toEqual(["maxmemory", "20971520"]);
  await expect(redis.call("DEBUG", "SLEEP", "0")).resolves.toBe("OK");
});

test("with an append-only file, what was answered survives a crash", async () => {
  const { server, redis } = await startFor({ appendonly: true });
  await redis.set("kept", "yes");
  const before = server.pid;
  await server.kill9();
  expect(isRunning(before)).toBe(false);
  await server.restart();
  expect(server.pid).not.toBe(before);
  expect(await redis.get("kept")).toBe("yes");
});

test("without one, a restart forgets", async () => {
  const { server, redis } = await startFor();
  await redis.set("kept", "yes");
  await server.restart();
  expect(await redis.get("kept")).toBeNull();
});

test("a frozen server answers once it is thawed", async () => {
  const { server, redis } = await startFor();
  await redis.ping();
  server.freeze();
  const answer = redis.ping();
  // Another server answers a hundred times meanwhile.
  const { redis: other } = await startFor();
  const others = (async () => {
    for (let ping = 0; ping < 100; ping++) await other.ping();
    return "others";
  })();
  expect(await Promise.race([answer, others])).toBe("others");
  server.thaw();
  expect(await answer).toBe("PONG");
});

test("stopping ends the process and removes its data, and may be done twice", async () => {
  const server = await startRedis({ appendonly: true });
  expect(existsSync(server.directory)).toBe(true);
  await server.stop();
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
  expect(existsSync(server.directory)).toBe(false);
});

test("data in a directory of one's own stays", async () => {
  const directory = mkdtempSync(join(tmpdir(), "infill-own-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const first = await startFor({ appendonly: true, directory });
  await first.redis.set("kept", "yes");
  await first.server.stop();
  const second = await startFor({ appendonly: true, directory });
  expect(await second.redis.get("kept")).toBe("yes");
});

test("a port that is taken is an error with the server's own words", async () => {
  const { server } = await startFor();
  await expect(startRedis({ port: server.port })).rejects.toThrow(
    /did not start on port .*in use/is,
  );
});

test("a server ends with the process that started it, even when that is killed", async () => {
  const child = spawnNode(new URL("startRedisAndHang.fixture.ts", import.meta.url).pathname, [], {
    nodeArgs: ["--import", import.meta.resolve("jiti/register")],
  });
  onTestFinished(async () => void (await child.stop()));
  const [, pid, directory] = (await child.waitForLine(/^redis /)).split(" ");
  expect(isRunning(Number(pid))).toBe(true);
  child.kill("SIGKILL");
  await eventually(() => !isRunning(Number(pid)) && !existsSync(directory ?? ""));
});
