import type { DefineCommand } from "../commandNode.ts";
import { duration, names, wholeNumber } from "../parsers.ts";
import { runService } from "../runService.ts";
import { serviceLog } from "../serviceLog.ts";

/** `infill worker start` */
export const workerStart: DefineCommand = (command, run) => {
  command
    .option(
      "--pool <names>",
      "pools to serve, repeated or separated by commas (all unless given)",
      names,
    )
    .option(
      "--concurrency <n>",
      "partitions of each pool to run at a time (1 to 512)",
      wholeNumber(1, 512),
      16,
    )
    .option(
      "--lease <time>",
      "a partition is taken over when its worker is silent for this long (30s)",
      duration(1_000, 600_000),
    )
    .option(
      "--grace <time>",
      "how long running partitions may go on after a signal (10s)",
      duration(0, 3_600_000),
    )
    .action((options) =>
      run(async (context) => {
        const { out, io, services } = context;
        const loaded = await context.project();
        const { url } = await context.redis(loaded);
        const log = serviceLog(out, () => io.now());
        return runService(context, log, async () => {
          const worker = await services.startWorker({
            project: loaded.project,
            redisUrl: url,
            concurrency: options.concurrency,
            log,
            ...(options.pool === undefined ? {} : { pools: options.pool }),
            ...(options.lease === undefined ? {} : { leaseMs: options.lease }),
            ...(options.grace === undefined ? {} : { graceMs: options.grace }),
          });
          const pools = options.pool ?? [...loaded.project.pools.keys()];
          const facts = {
            id: worker.id,
            pools,
            concurrency: options.concurrency,
            pid: process.pid,
          };
          if (out.isJson) out.object("worker", facts);
          log.info("worker ready", facts);
          return worker;
        });
      }),
    );
};
