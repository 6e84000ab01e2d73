import type { Project } from "@infill/core";
import type { ProjectConnection } from "@infill/planning";
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

/** The Redis server's version and guarantees. */
export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each, such as what a server without persistence may lose. */
  readonly warnings: readonly string[];
}
