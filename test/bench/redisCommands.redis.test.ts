import { openStateStore, registerAsset } from "@infill/state";
import { startRedis } from "@infill/test-support";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { redisCommandsOf } from "./redisCommands.ts";
import { doNothing } from "./shapes/shape.ts";
import { tenants } from "./shapes/grids.ts";

test("commands go by their names, scripts by those of their files, and the settings are as before", async () => {
  // One of its own: the slow log belongs to a whole server.
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = new Redis(server.url);
  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  const queue = new Queue("test", { connection });
  const store = await openStateStore(server.url, "test", "test");
  const register = async () => {
    for (const asset of tenants.assets(doNothing)) await registerAsset(store, asset);
  };
  try {
    // The server learns each script at its first call, which carries the whole text.
    await register();
    await queue.add("job", {});
    const settings = () => redis.config("GET", "slowlog-*");
    const before = await settings();
    const commands = await redisCommandsOf(redis, async () => {
      await register();
      for (let job = 0; job < 3; job++) await queue.add("job", {});
      await redis.set("key", "value");
    });
    const callsOf = (name: string) => commands.find((command) => command.name === name)?.calls;
    expect([callsOf("set"), callsOf("bullmq addStandardJob")]).toEqual([1, 3]);
    expect(commands.map(({ name }) => name).filter((name) => name.startsWith("script "))).toEqual(
      [],
    );
    expect(commands.some(({ name }) => name.startsWith("infill "))).toBe(true);
    expect(await settings()).toEqual(before);
  } finally {
    await store.close();
    await queue.close();
    connection.disconnect();
    redis.disconnect();
  }
});
