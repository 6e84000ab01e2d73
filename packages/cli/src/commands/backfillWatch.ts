import { backfillNamed, withBackfill } from "../backfillArgument.ts";
import type { DefineCommand } from "../commandNode.ts";
import { followOptionsOf, withFollowOptions } from "../commonOptions.ts";
import { followBackfill } from "../followBackfill.ts";

/** `infill backfill watch <id>` */
export const backfillWatch: DefineCommand = (command, run) => {
  withFollowOptions(withBackfill(command).option("-q, --quiet", "print nothing, only wait")).action(
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
