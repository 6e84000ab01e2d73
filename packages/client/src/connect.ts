import { parseOptions, type Project } from "@infill/core";
import { ProjectConnection } from "@infill/planning";
import { openStateStore } from "@infill/state";
import type { InfillClient } from "./infillClient.ts";
import { assetResource } from "./resources/assetResource.ts";
import { backfillResource } from "./resources/backfillResource.ts";
import { deliveryResource } from "./resources/deliveryResource.ts";
import { dynamicResource } from "./resources/dynamicResource.ts";
import { partitionResource } from "./resources/partitionResource.ts";
import { poolResource } from "./resources/poolResource.ts";
import { plannerResource, workerResource } from "./resources/processResource.ts";
import { type ConnectOptions, connectOptionsSchema } from "./schemas/connectOptionsSchema.ts";
import { ClientEnvironment } from "./shared/clientEnvironment.ts";

/**
 * Connects to a project's state.
 *
 * Only reads: an asset is registered when state about it is written. An asset whose state does not
 * fit its definition does not affect the others.
 *
 * @throws InvalidOptionsError, RedisTroubleError (within five seconds if nothing answers), RedisUrlError,
 *   RedisEvictsError, RedisVersionError
 */
export async function connect(
  project: Project,
  written: ConnectOptions = {},
): Promise<InfillClient> {
  const options = parseOptions(connectOptionsSchema, written, "connection options");
  const url =
    options.redisUrl ?? process.env["REDIS_URL"] ?? project.redisUrl ?? "redis://127.0.0.1:6379";
  const store = await openStateStore(url, project.namespace, "client", {
    ...(options.redisPatienceMs === undefined ? {} : { patienceMs: options.redisPatienceMs }),
    ...(options.onRedisWait === undefined ? {} : { onWait: options.onRedisWait }),
  });
  try {
    return clientOf(await ProjectConnection.open(store, project), options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function clientOf(connection: ProjectConnection, options: ConnectOptions): InfillClient {
  const environment = new ClientEnvironment(connection, options);
  return {
    project: connection.project,
    connection,
    redis: connection.store.health,
    backfills: backfillResource(environment),
    partitions: partitionResource(environment),
    assets: assetResource(environment),
    dynamic: dynamicResource(environment),
    pools: poolResource(environment),
    workers: workerResource(environment),
    planners: plannerResource(environment),
    deliveries: deliveryResource(environment),
    close: () => connection.close(),
  };
}
