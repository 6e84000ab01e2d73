import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";

/** Bytes that Redis has allocated: the least of several looks, because buffers come and go. */
export async function usedMemory(redis: Redis): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 8; look++) {
    await delay(250);
    const found = /^used_memory:(\d+)/m.exec(await redis.info("memory"));
    least = Math.min(least, Number(found?.[1]));
  }
  return least;
}

/** Bytes of all keys that match a pattern, their own overhead included. */
export async function memoryOfKeys(redis: Redis, pattern: string): Promise<number> {
  let total = 0;
  for await (const entries of pagesOf(redis, pattern))
    for (const { bytes } of entries) total += bytes;
  return total;
}

/** Keys and bytes by what the keys are for: the parts of a name that hold no ids and no numbers. */
export async function memoryByKind(
  redis: Redis,
  namespace: string,
): Promise<Map<string, { keys: number; bytes: number }>> {
  const kinds = new Map<string, { keys: number; bytes: number }>();
  for await (const entries of pagesOf(redis, `${namespace}:*`)) {
    for (const { key, bytes } of entries) {
      const parts = key.split(":").slice(1);
      const kind = parts.filter((part) => !/\d/.test(part) && part !== "").join(":");
      const known = kinds.get(kind) ?? { keys: 0, bytes: 0 };
      kinds.set(kind, { keys: known.keys + 1, bytes: known.bytes + bytes });
    }
  }
  return new Map([...kinds].toSorted(([, a], [, b]) => b.bytes - a.bytes));
}

async function* pagesOf(
  redis: Redis,
  pattern: string,
): AsyncIterable<{ readonly key: string; readonly bytes: number }[]> {
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    cursor = next;
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.memory("USAGE", key, "SAMPLES", 0);
    const answers = (await pipeline.exec()) ?? [];
    // A key that has gone meanwhile weighs nothing.
    yield keys.map((key, index) => ({ key, bytes: Number(answers[index]?.[1] ?? 0) }));
  } while (cursor !== "0");
}
