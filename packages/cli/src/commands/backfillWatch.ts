import type { DefineCommand } from "../commandNode.ts";
import { followOptionsOf, withFollowOptions } from "../commonOptions.ts";
import { followBackfill } from "../followBackfill.ts";

/** `infill backfill watch <id>` */
export const backfillWatch: DefineCommand = (command, run) => {
  withFollowOptions(
    command.argument("<id>", "backfill id").option("-q, --quiet", "print nothing, only wait"),
  ).action((id, options) =>
    run(async (context) =>
      followBackfill(context, await context.client(), id, {
        ...followOptionsOf(options),
        quiet: options.quiet === true,
      }),
    ),
  );
};
