import { asset, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { type RedisServer, eventually, startRedis } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorker } from "./startWorker.ts";

let server: RedisServer;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

/** Scripts that heartbeats and BullMQ asked the server to run. */
async function scriptCalls(): Promise<number> {
  const stats = await admin.info("commandstats");
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

test("while Redis is full, workers log each message once in 30 seconds, including those of BullMQ and heartbeats", async () => {
  const materialize = () => {};
  const pools = { default: {}, other: {}, third: {} };
  const assets = Object.keys(pools).map((pool) =>
    asset({ name: pool, pool, partitions: staticPartitions(["a"]), materialize }),
  );
  const definition = project({ namespace: "full", assets, pools });
  const said: { readonly worker: number; readonly message: string; readonly atMs: number }[] = [];
  const workers = await Promise.all(
    [1, 2].map((worker) => {
      const tell = (message: string) => void said.push({ worker, message, atMs: Date.now() });
      const log = { info: () => {}, warn: tell, error: tell };
      return startWorker({ project: definition, redisUrl: server.url, leaseMs: 1_000, log });
    }),
  );
  try {
    said.length = 0;
    // Below its present use, so that it stays full when connections free their buffers.
    await admin.config("SET", "maxmemory", "1");
    const kinds = ["the queue's connection failed", "a heartbeat failed"];
    const isSaid = (message: string) =>
      [1, 2].every((worker) =>
        said.some((one) => one.worker === worker && one.message === message),
      );
    await eventually(() => kinds.every(isSaid), { timeoutMs: 30_000, what: "warnings" });
    // They keep trying, and log nothing more.
    const before = await scriptCalls();
    await eventually(async () => (await scriptCalls()) > before + 30, { timeoutMs: 30_000 });
    const latest = new Map<string, number>();
    for (const { worker, message, atMs } of said) {
      const kind = `${worker} ${message.replaceAll(/\d+/g, "0")}`;
      const last = latest.get(kind);
      if (last !== undefined) expect(atMs - last, kind).toBeGreaterThan(29_000);
      latest.set(kind, atMs);
    }
    expect(latest.size).toBeLessThan(20);
  } finally {
    await admin.config("SET", "maxmemory", "0");
    await Promise.all(workers.map((worker) => worker.close()));
  }
});
