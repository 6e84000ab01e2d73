import { join } from "node:path";
import type { CommandContext } from "../commandContext.ts";
import { RedisServerFailedError } from "../commandErrors.ts";
import type { DefineCommand } from "../commandNode.ts";
import { claimDevState, releaseDevState, writeDevState } from "../devState.ts";
import { startDevWorkers } from "../devWorkers.ts";
import type { LoadedProject } from "../loadProject.ts";
import { type ManagedRedis, startManagedRedis, stopLeftRedis } from "../managedRedis.ts";
import { wholeNumber } from "../parsers.ts";
import { runUntilStopped } from "../runUntilStopped.ts";
import { serviceLog } from "../serviceLog.ts";
import type { RunningService } from "../services.ts";
import { withoutCredentials } from "../settings.ts";

/** `infill dev` */
export const dev: DefineCommand = (command, run) => {
  command
    .option("--workers <n>", "worker processes (0 to 64)", wholeNumber(0, 64), 1)
    .option(
      "--concurrency <n>",
      "partitions that each runs at a time (1 to 512)",
      wholeNumber(1, 512),
      8,
    )
    .action((options) =>
      run(async (context) => {
        const loaded = await context.project();
        const left = await claimDevState(loaded.directory, process.pid);
        try {
          if (left?.redis !== undefined) await stopLeftRedis(left.redis);
          const given = context.givenRedis()?.url;
          const redis =
            given === undefined ? await startManagedRedis(dataDirectory(loaded)) : undefined;
          try {
            return await serve(context, loaded, redis, given, options);
          } finally {
            await redis?.stop();
          }
        } finally {
          releaseDevState(loaded.directory);
        }
      }),
    );
};

function dataDirectory({ directory }: LoadedProject): string {
  return join(directory, ".infill", "redis");
}

async function serve(
  context: CommandContext,
  loaded: LoadedProject,
  redis: ManagedRedis | undefined,
  given: string | undefined,
  options: { readonly workers: number; readonly concurrency: number },
): Promise<number> {
  const { io, out, services } = context;
  const redisUrl = redis?.url ?? given ?? "";
  const log = serviceLog(out, () => io.now());
  const planner = await services.startPlanner({ project: loaded.project, redisUrl, log });
  writeDevState(loaded.directory, {
    version: 1,
    pid: process.pid,
    redisUrl,
    ...(redis === undefined ? {} : { redis: { pid: redis.pid, port: redis.port } }),
  });
  const workers = startDevWorkers(io, log, {
    count: options.workers,
    concurrency: options.concurrency,
    projectFile: loaded.file,
    redisUrl,
    json: out.isJson,
  });
  const everything: RunningService = {
    id: "dev",
    async close() {
      await workers.stop();
      await planner.close();
    },
  };
  const facts = {
    redisUrl: withoutCredentials(redisUrl),
    workers: options.workers,
    concurrency: options.concurrency,
    pid: process.pid,
  };
  if (out.isJson) out.object("dev", facts);
  log.info("infill dev is ready", facts);
  if (!out.isJson)
    out.note(
      "Submit work from another terminal: infill backfill create '*'   Ctrl-C stops everything.",
    );
  const stopped = runUntilStopped(context, everything, log);
  if (redis === undefined) return stopped;
  let isStopped = false;
  void stopped.finally(() => {
    isStopped = true;
  });
  return Promise.race([
    stopped,
    redis.exited.then(async () => {
      if (isStopped) return stopped;
      void workers.stop();
      throw new RedisServerFailedError("ended by itself", join(dataDirectory(loaded), "redis.log"));
    }),
  ]);
}
