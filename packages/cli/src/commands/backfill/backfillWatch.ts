import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { followOptionsOf, withFollowOptions } from "../../options/commonOptions.ts";
import { followBackfill } from "../../actions/followBackfill.ts";

/** `infill backfill watch <id>` */
export const backfillWatch: DefineCommand = (command, run) => {
  withFollowOptions(withBackfill(command).option("-q, --quiet", "print nothing; only wait")).action(
    (named, options) =>
      run(async (context) =>
        followBackfill(
          context,
          await context.client({ isPatient: true }),
          await backfillNamed(context, named, options),
          {
            ...followOptionsOf(options),
            quiet: options.quiet === true,
          },
        ),
      ),
  );
};
