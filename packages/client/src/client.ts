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

/** Everything the command and the HTTP API do, as typed functions. Built by `connect`, ended by `close`. */
export interface InfillClient {
  readonly project: Project;
  /** What it works with; `runDoctor` takes it. Closed by `close`. */
  readonly connection: ProjectConnection;
  /** What the Redis server promises, and what to tell the user about it. */
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

/** Where Redis is, and what tests replace. */
export interface ConnectOptions {
  /** Left out: the project's `redisUrl`, the environment's REDIS_URL, then redis://127.0.0.1:6379. */
  readonly redisUrl?: string;
  /** How long a call waits for a Redis that is away or says "not now", in milliseconds; left out: for ever. Watching waits on. */
  readonly redisPatienceMs?: number;
  /** Hears what a call waits for: after 3 seconds, each 30 seconds, and when Redis answers again. */
  readonly onRedisWait?: OnRedisWait;
  /** Epoch milliseconds; left out: the machine's clock. */
  readonly now?: () => number;
  /** Where the random bits of backfill ids are from, for tests that are to be repeated; left out: the machine's source. */
  readonly randomBytes?: RandomBytes;
}

/** What the Redis server is and promises. */
export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each, such as what a server without persistence may lose. */
  readonly warnings: readonly string[];
}
