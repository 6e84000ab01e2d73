import type { Project, RandomBytes } from "@infill/core";
import type { ProjectConnection } from "@infill/planning";
import type { OnRedisWait } from "@infill/state";
import type { Assets } from "./resources/assetResource.ts";
import type { Backfills } from "./resources/backfillResource.ts";
import type { Deliveries } from "./resources/deliveryResource.ts";
import type { DynamicDefinitions } from "./resources/dynamicResource.ts";
import type { Partitions } from "./resources/partitionResource.ts";
import type { Pools } from "./resources/poolResource.ts";
import type { Planners, Workers } from "./resources/processResource.ts";

/**
 * Everything that the command and the HTTP API do, as typed functions. `connect` opens it, `close`
 * ends it.
 */
export interface InfillClient {
  readonly project: Project;
  /** Its connection, for `runDoctor`. `close` closes it. */
  readonly connection: ProjectConnection;
  /** What the Redis server's settings promise, with warnings for the user. */
  readonly redis: RedisHealth;
  readonly backfills: Backfills;
  readonly partitions: Partitions;
  readonly assets: Assets;
  readonly dynamic: DynamicDefinitions;
  readonly pools: Pools;
  readonly workers: Workers;
  readonly planners: Planners;
  readonly deliveries: Deliveries;
  close(): Promise<void>;
}

/** The address of Redis, and replacements for tests. */
export interface ConnectOptions {
  /**
   * Default: the project's `redisUrl`, then the environment's REDIS_URL, then
   * redis://127.0.0.1:6379.
   */
  readonly redisUrl?: string;
  /**
   * How long a call waits for a Redis that is away or says "not now", in milliseconds; default: no
   * limit. A watch has no limit.
   */
  readonly redisPatienceMs?: number;
  /** Receives reports of waits: after 3 seconds, each 30 seconds, and when Redis answers again. */
  readonly onRedisWait?: OnRedisWait;
  /** Epoch milliseconds; default: the machine's clock. */
  readonly now?: () => number;
  /**
   * Source of the random bits of backfill ids, for reproducible tests; default: the machine's
   * source.
   */
  readonly randomBytes?: RandomBytes;
}

/** The Redis server's version and guarantees. */
export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each, such as what a server without persistence may lose. */
  readonly warnings: readonly string[];
}
