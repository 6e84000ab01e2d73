import { parseRedisUrl, within } from "@infill/core";
import type { RedisOptions } from "ioredis";
import { PatientRedis, QuietRedis } from "./patientRedis.ts";
import type { OnRedisWait } from "./redisWait.ts";
import {
  type RedisTrouble,
  RedisTroubleError,
  redisTroubleOf,
  silence,
  waitsForLoading,
} from "./redisTrouble.ts";

/** How long the first answer may take, in milliseconds. */
const firstAnswerMs = 3_000;

/** How a connection is opened. */
export interface OpenRedisOptions {
  /** Appears in CLIENT LIST. */
  readonly name: string;
  /** How long to wait for a Redis that says "not now", in milliseconds; default: no limit. */
  readonly patienceMs?: number;
  /** Called with the connection's waits. */
  readonly onWait?: OnRedisWait;
}

/**
 * Opens a connection and waits until it is ready. A server that does not answer within three
 * seconds counts as unreachable. A server that says "not now", because it loads its data for
 * example, gets more time.
 *
 * @throws RedisUrlError, RedisTroubleError
 */
export async function openRedis(url: string, options: OpenRedisOptions): Promise<PatientRedis> {
  const { isTls } = parseRedisUrl(url);
  const redis = new PatientRedis(url, { ...connectionOptions(options.name), lazyConnect: true });
  redis.patienceMs = options.patienceMs ?? Number.POSITIVE_INFINITY;
  if (options.onWait !== undefined) redis.waits.listen(options.onWait);
  const failed = await firstFailure(redis, isTls);
  if (failed === undefined) return redis;
  redis.disconnect();
  throw new RedisTroubleError(url, failed.trouble, failed.waitedMs);
}

/** Why a connection cannot be opened; undefined once it is ready. */
async function firstFailure(
  redis: PatientRedis,
  isTls: boolean,
): Promise<{ readonly trouble: RedisTrouble; readonly waitedMs?: number } | undefined> {
  const startedMs = Date.now();
  let latest: RedisTrouble | undefined;
  let wake = () => {};
  redis.on("error", (error: unknown) => {
    latest = redis.refusal ?? redisTroubleOf(error) ?? silence(String(error));
    wake();
  });
  redis.on("ready", () => wake());
  // The error event has told the cause already.
  redis.connect().catch((error: unknown) => {
    latest ??= redis.refusal ?? redisTroubleOf(error);
    wake();
  });
  for (;;) {
    if (redis.status === "ready") return undefined;
    const waitedMs = Date.now() - startedMs;
    if (latest !== undefined && latest.code !== "INFILL_REDIS_NOT_READY")
      return { trouble: isTls ? orPlain(latest) : orTls(latest) };
    if (waitedMs >= firstAnswerMs && latest === undefined) {
      if (!(await isLoading(redis))) return { trouble: isTls ? silentTls : silence("no answer") };
      latest = waitsForLoading;
      redis.waits.down(latest);
    }
    if (latest !== undefined && waitedMs >= redis.patienceMs) return { trouble: latest, waitedMs };
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 250);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Whether the server accepted the connection and is loading its data. */
async function isLoading(redis: PatientRedis): Promise<boolean> {
  if (redis.status !== "connect") return false;
  const asked = redis.infoEarly("persistence").then(
    (text) => /^loading:1/m.test(text),
    () => false,
  );
  return (await within(1_000, asked)) && (await asked);
}

const silentTls: RedisTrouble = {
  code: "INFILL_REDIS_TLS",
  name: "TLS",
  problem: "does not answer to TLS",
  remedy: "Give the address with redis:// if it does not use TLS, or give its TLS port",
  passes: false,
};

/**
 * A server without TLS may wait for more of what looks to it like a command, so that the handshake
 * times out.
 */
function orPlain(trouble: RedisTrouble): RedisTrouble {
  return trouble.name === "ETIMEDOUT" ? silentTls : trouble;
}

/** A server that requires TLS hangs up on plain text. */
function orTls(trouble: RedisTrouble): RedisTrouble {
  if (!/^(?:ECONNRESET|EPIPE|connection closed)$/.test(trouble.name)) return trouble;
  return {
    ...trouble,
    problem: "closes the connection without an answer",
    remedy: "If it uses TLS, give its address with rediss://; if not, look into its log",
  };
}

/** A connection for BullMQ or for subscribing. It reconnects for ever and throws no errors. */
export function quietRedis(url: string, name: string): QuietRedis {
  return new QuietRedis(url, connectionOptions(name));
}

/** Options of every connection: commands wait for a reconnection instead of failing. */
export function connectionOptions(name: string) {
  return {
    connectionName: name,
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    connectTimeout: 3_000,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  } satisfies RedisOptions;
}
