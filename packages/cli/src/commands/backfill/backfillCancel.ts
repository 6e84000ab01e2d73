import { isFinalStatus } from "@infill/core";
import { backfillToControl, refuseEnded } from "../../actions/backfillToControl.ts";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import {
  followOptionsOf,
  withChangeOptions,
  withFollowOptions,
} from "../../options/commonOptions.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { exitCodes } from "../../terminal/exitCodes.ts";
import { followBackfill } from "../../actions/followBackfill.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { countOf } from "../../text/numbers.ts";

/** `infill backfill cancel <id>` */
export const backfillCancel: DefineCommand = (command, run) => {
  const declared = withBackfill(command).option("--wait", "wait until no partition of it runs");
  withFollowOptions(withChangeOptions(declared)).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const { client, before, open, by } = await backfillToControl(context, id, options);
      const wanted = ["canceling", "canceled"] as const;
      await refuseEnded(before, wanted);
      if (options.dryRun === true) {
        out.value("backfill_cancel_preview", { id, status: before.status, toCancel: open }, () => [
          `Canceling ${id} (${before.status}) would end ${countOf(open, "partition")}.`,
        ]);
        return undefined;
      }
      if (!isFinalStatus(before.status)) {
        const declined = await confirmChange(context, {
          question: `Cancel ${countOf(open, "partition")} of ${id}?`,
          partitions: open,
          name: id,
          yes: options.yes === true,
          confirm: options.confirm,
        });
        if (declined !== undefined) return declined;
      }
      const after = await client.backfills.cancel(id, by);
      await refuseEnded(after, wanted);
      out.value("backfill", backfillJson(after), () => [
        before.status === "canceled"
          ? `Backfill ${id} is already canceled. Nothing was changed.`
          : `Backfill ${id} is ${after.status}.`,
      ]);
      if (options.wait !== true) return undefined;
      const ended = await followBackfill(context, client, id, followOptionsOf(options));
      // That it ends canceled is what was asked for.
      return ended === exitCodes.backfillCanceled ? exitCodes.done : ended;
    }),
  );
};
