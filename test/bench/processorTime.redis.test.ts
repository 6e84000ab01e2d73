import { redisUrlForTests } from "@infill/test-support";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { processorUsOf, redisProcessorUs } from "./processorTime.ts";

test("user and system time are added, in microseconds", () => {
  const info =
    "# CPU\r\nused_cpu_sys:1.500000\r\nused_cpu_user:2.250000\r\nused_cpu_sys_children:9\r\n";
  expect(processorUsOf(info)).toBe(3_750_000);
});

test("a server that works has used more than before", async () => {
  const redis = new Redis(redisUrlForTests());
  try {
    const before = await redisProcessorUs(redis);
    await redis.eval("for i = 1, 300000 do redis.sha1hex(i) end", 0);
    expect(await redisProcessorUs(redis)).toBeGreaterThan(before);
  } finally {
    redis.disconnect();
  }
});
