import type { DefineCommand } from "../../command/commandNode.ts";
import { workerOptionsSchema } from "@infill/worker/inputs";
import { names, wholeNumberOf } from "../../options/parsers.ts";
import { startService } from "../../actions/startService.ts";
import { limitsOf, withWorkerLimits } from "../../options/workerLimits.ts";

/** `infill worker start` */
export const workerStart: DefineCommand = (command, run) => {
  const declared = command
    .option(
      "--pool <names>",
      "pools to serve; repeat it or separate names with commas (default: all)",
      names,
    )
    .option(
      "--concurrency <n>",
      "partitions to run at once, for each pool (1 to 512)",
      wholeNumberOf(workerOptionsSchema.shape.concurrency),
      16,
    );
  withWorkerLimits(declared).action((options) =>
    run((context) => {
      const { pool, concurrency } = options;
      return startService(
        context,
        "worker",
        (service) =>
          context.services.startWorker({
            ...service,
            concurrency,
            ...(pool === undefined ? {} : { pools: pool }),
            ...limitsOf(options),
            blockedWarnings: context.out.isJson ? "json" : "text",
          }),
        (project) => ({ pools: pool ?? [...project.pools.keys()], concurrency }),
      );
    }),
  );
};
