import type { DefineCommand } from "../../command/commandNode.ts";
import { names, wholeNumber } from "../../options/parsers.ts";
import { runService } from "../../actions/runService.ts";
import { serviceLog } from "../../terminal/serviceLog.ts";
import { limitsOf, withWorkerLimits } from "../../options/workerLimits.ts";

/** `infill worker start` */
export const workerStart: DefineCommand = (command, run) => {
  const declared = command
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
    );
  withWorkerLimits(declared).action((options) =>
    run(async (context) => {
      const { out, io, services } = context;
      const loaded = await context.project();
      const { url } = await context.redis(loaded);
      const log = serviceLog(out, () => io.now(), context.shared.logLevel);
      return runService(context, loaded, log, async () => {
        const worker = await services.startWorker({
          project: loaded.project,
          redisUrl: url,
          concurrency: options.concurrency,
          log,
          ...(options.pool === undefined ? {} : { pools: options.pool }),
          ...limitsOf(options),
          blockedWarnings: out.isJson ? "json" : "text",
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
