import { startService } from "../../actions/startService.ts";
import type { DefineCommand } from "../../command/commandNode.ts";

/** `infill planner start` */
export const plannerStart: DefineCommand = (command, run) => {
  command.action(() =>
    run((context) =>
      startService(context, "planner", (options) => context.services.startPlanner(options)),
    ),
  );
};
