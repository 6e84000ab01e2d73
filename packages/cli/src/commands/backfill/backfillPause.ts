import { backfillToControl, refuseEnded } from "../../actions/backfillToControl.ts";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions } from "../../options/commonOptions.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { backfillInputs } from "@infill/client/inputs";
import { durationOf } from "../../options/parsers.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { countOf, durationText } from "../../text/numbers.ts";

/** `infill backfill pause <id>` */
export const backfillPause: DefineCommand = (command, run) => {
  const declared = withBackfill(command)
    .option(
      "--now",
      "abort running partitions; these attempts do not count (default: let them finish)",
    )
    .option(
      "--for <time>",
      "resume by itself after this long (30m, 8h)",
      durationOf(backfillInputs.pause.shape.forMs),
    );
  withChangeOptions(declared).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const { client, before, by } = await backfillToControl(context, id, options);
      await refuseEnded(before);
      const running = countOf(before.counts.inProgress, "running partition");
      const what = options.now === true ? `abort ${running}` : `let ${running} finish`;
      if (options.dryRun === true) {
        const { inProgress } = before.counts;
        out.value("backfill_pause_preview", { id, status: before.status, inProgress }, () => [
          `Pausing ${id} (${before.status}) would ${what} and start no new ones.`,
        ]);
        return undefined;
      }
      const declined = await confirmChange(context, {
        question: `Pause ${id} and ${what}?`,
        partitions: before.counts.inProgress,
        name: id,
        yes: options.yes === true,
        confirm: options.confirm,
      });
      if (declined !== undefined) return declined;
      const after = await client.backfills.pause(id, {
        mode: options.now === true ? "stop" : "drain",
        ...by,
        ...(options.for === undefined ? {} : { forMs: options.for }),
      });
      await refuseEnded(after);
      const time = options.for === undefined ? "" : ` for ${durationText(options.for)}`;
      out.value("backfill", backfillJson(after), () => [
        after.status === "paused"
          ? `Backfill ${id} is paused${time}. Go on: infill backfill resume ${id}`
          : `Backfill ${id} is ${after.status}.`,
      ]);
      return undefined;
    }),
  );
};
