import { backfillToControl, refuseEnded } from "../../actions/backfillToControl.ts";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import {
  followOptionsOf,
  withChangeOptions,
  withFollowOptions,
} from "../../options/commonOptions.ts";
import { followBackfill } from "../../actions/followBackfill.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { countOf } from "../../text/numbers.ts";

/** `infill backfill resume <id>` */
export const backfillResume: DefineCommand = (command, run) => {
  const declared = withBackfill(command).option(
    "--wait",
    "watch it to its end; the exit code says how it ended",
  );
  withFollowOptions(withChangeOptions(declared)).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const { client, before, open, by } = await backfillToControl(context, id, options);
      const waits = options.wait === true && options.dryRun !== true;
      // With --wait the exit code says how it ended, also where it had ended before.
      if (!waits) await refuseEnded(before);
      if (options.dryRun === true) {
        out.value("backfill_resume_preview", { id, status: before.status, open }, () => [
          `Resuming ${id} (${before.status}) would go on with ${countOf(open, "partition")}.`,
        ]);
        return undefined;
      }
      const isPaused = before.status === "paused";
      const after = isPaused ? await client.backfills.resume(id, by) : before;
      if (!waits) await refuseEnded(after);
      out.value("backfill", backfillJson(after), () => [
        isPaused
          ? `Backfill ${id} goes on with ${countOf(open, "partition")}.`
          : `Backfill ${id} is ${before.status}, not paused. Nothing was changed.`,
      ]);
      if (waits) return followBackfill(context, client, id, followOptionsOf(options));
      out.note(`Watch it: infill backfill watch ${id}`);
      return undefined;
    }),
  );
};
