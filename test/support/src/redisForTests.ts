import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";

/** The environment variable through which the global set-up tells every test where the server is. */
export const TEST_REDIS_URL_VARIABLE = "INFILL_TEST_REDIS_URL";

/**
 * The server that all tests of a run share. A test keeps to its own keys there (`testPrefix`), and starts a
 * server of its own (`startRedis`) for anything that others would notice: a restart, FLUSHALL, CONFIG SET.
 */
export function redisUrlForTests(): string {
  const url = process.env[TEST_REDIS_URL_VARIABLE];
  if (url === undefined || url === "") {
    throw new Error(
      `${TEST_REDIS_URL_VARIABLE} is not set: name the test file *.redis.test.ts, so that vitest starts a server for it.`,
    );
  }
  return url;
}

/** A prefix that no other test uses, such as `test-9f86d081884c`: letters, digits and a hyphen, no colon. */
export function testPrefix(): string {
  return `test-${randomBytes(6).toString("hex")}`;
}

/** Deletes every key that has the prefix anywhere in it, so also `infill:{<prefix>…}`. Costs a scan of the server. */
export async function cleanPrefix(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  try {
    const pattern = `*${prefix.replace(/[*?[\]\\]/g, "\\$&")}*`;
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== "0");
  } finally {
    redis.disconnect();
  }
}
