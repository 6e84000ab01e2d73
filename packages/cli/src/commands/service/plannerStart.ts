import type { DefineCommand } from "../../command/commandNode.ts";
import { runService } from "../../actions/runService.ts";
import { serviceLog } from "../../terminal/serviceLog.ts";

/** `infill planner start` */
export const plannerStart: DefineCommand = (command, run) => {
  command.action(() =>
    run(async (context) => {
      const { out, io, services } = context;
      const loaded = await context.project();
      const { url } = await context.redis(loaded);
      const log = serviceLog(out, () => io.now(), context.shared.logLevel);
      return runService(context, loaded, log, async () => {
        const planner = await services.startPlanner({
          project: loaded.project,
          redisUrl: url,
          log,
        });
        const facts = { id: planner.id, pid: process.pid };
        if (out.isJson) out.object("planner", facts);
        log.info("planner ready", facts);
        return planner;
      });
    }),
  );
};
