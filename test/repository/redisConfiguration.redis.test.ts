import { fileURLToPath } from "node:url";
import { startRedis } from "@infill/test-support";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

const configuration = fileURLToPath(new URL("../../infra/redis/redis.conf", import.meta.url));

test("a server starts with the production configuration, keeps what it is told, and evicts nothing", async () => {
  const server = await startRedis({ extraArgs: ["--include", configuration] });
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  const settings = { appendonly: "yes", appendfsync: "everysec", "maxmemory-policy": "noeviction" };
  for (const [name, value] of Object.entries(settings)) {
    expect(await redis.config("GET", name)).toEqual([name, value]);
  }
});
