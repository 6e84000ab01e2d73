import { randomBytes } from "node:crypto";
import { InfillError } from "@infill/partitions";
import type { Redis } from "ioredis";
import { DynamicKeySets } from "../dynamic/dynamicKeySets.ts";
import { type Keys, stateKeys } from "../keys/keys.ts";
import type { PatientRedis } from "../redis/patientRedis.ts";
import { type OpenRedisOptions, openRedis } from "../redis/redisConnection.ts";
import { RedisTroubleError, redisTroubleOf } from "../redis/redisTrouble.ts";
import { within } from "@infill/core";
import { checkRedis, type RedisHealth } from "../redis/redisHealth.ts";

/** A connection to the Redis of one namespace's state. Its opener must close it. */
export interface StateStore {
  readonly redis: PatientRedis;
  readonly url: string;
  readonly namespace: string;
  readonly keys: Keys;
  readonly health: RedisHealth;
  readonly dynamicKeys: DynamicKeySets;
  close(): Promise<void>;
}

/**
 * Connects to Redis and checks that it is fit to hold state.
 *
 * @param role appears in the connection's name, for readers of CLIENT LIST
 * @throws RedisTroubleError, RedisUrlError, RedisEvictsError, RedisVersionError
 */
export async function openStateStore(
  url: string,
  namespace: string,
  role: string,
  options: Omit<OpenRedisOptions, "name"> = {},
): Promise<StateStore> {
  const redis = await openRedis(url, { name: `infill:${role}`, ...options });
  try {
    const health = await checkRedis(redis);
    const keys = stateKeys(namespace);
    return {
      redis,
      url,
      namespace,
      keys,
      health,
      dynamicKeys: new DynamicKeySets(redis, keys),
      close: () => closeRedis(redis),
    };
  } catch (error) {
    redis.disconnect();
    const trouble = error instanceof InfillError ? undefined : redisTroubleOf(error);
    throw trouble === undefined ? error : new RedisTroubleError(url, trouble);
  }
}

/** Closes a connection, with QUIT if the server still listens. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === "end") return;
  if (redis.status !== "ready") {
    redis.disconnect();
    return;
  }
  await within(1_000, redis.quit());
  redis.disconnect();
}

/** A random name for a process or a session: 80 bits, so practically unique. */
export function randomId(kind: string): string {
  return `${kind}_${randomBytes(10).toString("hex")}`;
}
