import type { Redis } from "ioredis";

/** Microseconds of processor that the Redis server ever used, user and system, all its threads. */
export async function redisProcessorUs(redis: Redis): Promise<number> {
  return processorUsOf(await redis.info("cpu"));
}

/** @param info the section `cpu` of Redis's INFO */
export function processorUsOf(info: string): number {
  const seconds = ["used_cpu_user", "used_cpu_sys"].map((field) =>
    Number(new RegExp(`^${field}:([\\d.]+)`, "m").exec(info)?.[1]),
  );
  const [user = Number.NaN, system = Number.NaN] = seconds;
  return (user + system) * 1_000_000;
}
