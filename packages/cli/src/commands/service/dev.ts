import { join } from "node:path";
import { type Logger, redactRedisUrl } from "@infill/core";
import type { CommandContext } from "../../command/commandContext.ts";
import { RedisServerFailedError } from "../../terminal/commandErrors.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { claimDevState, releaseDevState, writeDevState } from "../../dev/devState.ts";
import { startDevWorkers } from "../../actions/devWorkers.ts";
import type { LoadedProject } from "../../project/loadProject.ts";
import { type ManagedRedis, startManagedRedis, stopLeftRedis } from "../../dev/managedRedis.ts";
import { workerOptionsSchema } from "@infill/worker/inputs";
import { wholeNumber, wholeNumberOf } from "../../options/parsers.ts";
import { runService } from "../../actions/runService.ts";
import { serviceLog } from "../../terminal/serviceLog.ts";
import type { RunningService } from "../../command/services.ts";
import type { RedisSetting } from "../../command/settings.ts";
import { limitArguments, type WorkerLimits, withWorkerLimits } from "../../options/workerLimits.ts";

interface DevOptions extends WorkerLimits {
  readonly workers: number;
  readonly concurrency: number;
}

/** `infill dev` */
export const dev: DefineCommand = (command, run) => {
  const declared = command
    .option("--workers <n>", "worker processes (0 to 64)", wholeNumber(0, 64), 1)
    .option(
      "--concurrency <n>",
      "partitions that each process runs at once, for each pool (1 to 512)",
      wholeNumberOf(workerOptionsSchema.shape.concurrency),
      8,
    );
  withWorkerLimits(declared).action((options) =>
    run(async (context) => {
      const loaded = await context.project();
      const { directory } = loaded;
      const left = await claimDevState(directory, process.pid);
      let redis: ManagedRedis | undefined;
      try {
        if (left?.redis !== undefined) await stopLeftRedis(left.redis);
        const given = context.givenRedis();
        if (given !== undefined) return await serve(context, loaded, given, options);
        redis = await startManagedRedis(dataDirectory(directory));
        return await serve(context, loaded, redis, options);
      } finally {
        await redis?.stop();
        releaseDevState(directory);
      }
    }),
  );
};

function dataDirectory(projectDirectory: string): string {
  return join(projectDirectory, ".infill", "redis");
}

/** Runs planner and workers on a Redis until a signal, or until a Redis of its own has ended by itself. */
async function serve(
  context: CommandContext,
  loaded: LoadedProject,
  redis: ManagedRedis | RedisSetting,
  options: DevOptions,
): Promise<number> {
  const { out, io } = context;
  const log = serviceLog(out, () => io.now(), context.shared.logLevel);
  let service: RunningService | undefined;
  const running = runService(context, loaded, log, async () => {
    service = await startAll(context, loaded, redis, options, log);
    return service;
  });
  if (!("exited" in redis)) return running;
  const redisEnded = redis.exited.then(() => "redis ended" as const);
  const outcome = await Promise.race([running, redisEnded]);
  if (outcome !== "redis ended") return outcome;
  // Neither can finish anything without Redis, so nobody waits for them.
  service?.close().catch(() => {});
  const logFile = join(dataDirectory(loaded.directory), "redis.log");
  throw new RedisServerFailedError("ended by itself", logFile);
}

async function startAll(
  { io, out, services, shared }: CommandContext,
  loaded: LoadedProject,
  redis: ManagedRedis | RedisSetting,
  options: DevOptions,
  log: Logger,
): Promise<RunningService> {
  const { project, directory } = loaded;
  const planner = await services.startPlanner({ project, redisUrl: redis.url, log });
  const managed = "pid" in redis ? { redis: { pid: redis.pid, port: redis.port } } : {};
  writeDevState(directory, { version: 1, pid: process.pid, redisUrl: redis.url, ...managed });
  const { workers: count, concurrency } = options;
  const workers = startDevWorkers(io, log, {
    count,
    concurrency,
    limits: limitArguments(options),
    projectFile: loaded.file,
    redisUrl: redis.url,
    json: out.isJson,
    logLevel: shared.logLevel,
  });
  const redisUrl = redactRedisUrl(redis.url);
  const redisFrom = "origin" in redis ? redis.origin : "started by infill dev";
  const facts = { redisUrl, redisFrom, workers: count, concurrency, pid: process.pid };
  if (out.isJson) out.object("dev", facts);
  log.info("infill dev is ready", facts);
  if (!out.isJson) {
    if ("origin" in redis)
      out.note(`${redis.origin} sets this Redis (${redisUrl}), so infill dev does not start one.`);
    out.note(
      "In another terminal: infill backfill create '*' --wait   Ctrl-C here stops everything.",
    );
  }
  return {
    id: "dev",
    async close() {
      await workers.stop();
      await planner.close();
    },
  };
}
