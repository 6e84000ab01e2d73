import { InfillError } from "@infill/partitions";
import { Redis, type RedisOptions } from "ioredis";

/** No answer from Redis at the address. */
export class RedisUnreachableError extends InfillError {
  readonly code = "INFILL_REDIS_UNREACHABLE";
  readonly url: string;

  constructor(url: string, why: string) {
    super(
      `Redis is unreachable at ${redactUrl(url)} (${why}): start one there, or give another address with ` +
        "--redis-url or REDIS_URL. `infill dev` starts its own.",
    );
    this.url = redactUrl(url);
  }
}

/** An address that is not redis:// or rediss://. */
export class RedisUrlError extends InfillError {
  readonly code = "INFILL_REDIS_URL_INVALID";

  constructor(url: string) {
    super(
      `Invalid Redis address "${redactUrl(url)}": expected redis://host:port or rediss://host:port.`,
    );
  }
}

/** The address without its password. */
export function redactUrl(url: string): string {
  return url.replace(/\/\/([^@/]*)@/, "//…@");
}

/**
 * Opens a connection and waits until it answers.
 *
 * @param patience how long to wait for the first answer, in milliseconds; later losses are waited out for ever
 * @throws RedisUrlError, RedisUnreachableError
 */
export async function openRedis(
  url: string,
  options: { name: string; patienceMs?: number },
): Promise<Redis> {
  if (!/^rediss?:\/\/\S+$/.test(url)) throw new RedisUrlError(url);
  const patienceMs = options.patienceMs ?? 3_000;
  const redis = new Redis(url, { ...connectionOptions(options.name), lazyConnect: true });
  let reason = "no answer";
  const note = (error: Error) => {
    reason = "code" in error && typeof error.code === "string" ? error.code : error.message;
  };
  redis.on("error", note);
  const timeout = new Promise<"late">((resolve) => {
    setTimeout(() => resolve("late"), patienceMs).unref();
  });
  const first = redis.connect().then(
    () =>
      redis.ping().then(
        () => "ready" as const,
        (error: Error) => error,
      ),
    (error: Error) => error,
  );
  const outcome = await Promise.race([first, timeout]);
  if (outcome === "ready") return redis;
  // The error event tells the cause; the call's own error only that the connection is closed.
  if (outcome instanceof Error && reason === "no answer") note(outcome);
  redis.disconnect();
  throw new RedisUnreachableError(url, reason);
}

/** Options of every connection: commands wait for Redis to come back instead of failing. */
export function connectionOptions(name: string) {
  return {
    connectionName: name,
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    connectTimeout: 3_000,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  } satisfies RedisOptions;
}
