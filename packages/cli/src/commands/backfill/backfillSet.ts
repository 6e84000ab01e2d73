import type { BackfillChanges, ChangeEffects } from "@infill/client";
import { settingFields } from "@infill/core";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions } from "../../options/commonOptions.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { wholeNumberOrNone } from "../../options/parsers.ts";
import { partitionsInput } from "../../actions/partitionsInput.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { countOf } from "../../text/numbers.ts";
import { setLines } from "../../render/setLines.ts";
import { settingsLine } from "../../render/settingsLine.ts";
import { settingsOf, withSettingOptions } from "../../options/settingOptions.ts";

/** `infill backfill set <id>` */
export const backfillSet: DefineCommand = (command, run) => {
  const declared = withSettingOptions(withBackfill(command))
    .option("--no-budget", "remove the limits of failures and time")
    .option(
      "--concurrency <n>",
      "partitions in progress at once, at most; none removes the cap",
      wholeNumberOrNone(settingFields.concurrency),
    )
    .option(
      "--window <n>",
      "jobs in Redis at once, at most; none: by the number of workers",
      wholeNumberOrNone(settingFields.window),
    )
    .option(
      "--add <text>",
      "partition text for the assets that the request names, as in create: run these partitions too, with what + adds",
    )
    .option(
      "--drop <text>",
      "partition text for the assets that the request names: do not run these partitions, what is downstream of them, and upstream partitions that only these need",
    );
  withChangeOptions(declared).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const add = await partitionsInput(options.add, context.io);
      const drop = await partitionsInput(options.drop, context.io);
      const settings = settingsOf(options);
      const changes: BackfillChanges = {
        ...settings,
        ...(options.budget || settings.budget !== undefined ? {} : { budget: null }),
        ...(options.concurrency === undefined ? {} : { concurrency: limitOf(options.concurrency) }),
        ...(options.window === undefined ? {} : { window: limitOf(options.window) }),
        ...(add === undefined ? {} : { add }),
        ...(drop === undefined ? {} : { drop }),
      };
      context.refuse(
        Object.keys(changes).length === 0,
        "Nothing to change. Give a setting, such as --weight 3, or partitions with --add or --drop.",
      );
      const client = await context.client();
      const preview = await client.backfills.change(id, changes, { dryRun: true });
      const partitions = preview.added + preview.dropped;
      if (options.dryRun === true) {
        const { settings: after, added, dropped, sets } = preview;
        out.value("backfill_set_preview", { id, settings: after, added, dropped, sets }, () => [
          `Would run ${countOf(added, "partition")} more and ${dropped} fewer: ${settingsLine(after)}.`,
          ...changedLines(preview),
        ]);
        return undefined;
      }
      if (partitions > 0) {
        if (context.io.isInteractive) for (const line of changedLines(preview)) out.note(line);
        const declined = await confirmChange(context, {
          question: `Run ${countOf(preview.added, "partition")} more and ${preview.dropped} fewer of ${id}?`,
          partitions,
          name: id,
          yes: options.yes === true,
          confirm: options.confirm,
        });
        if (declined !== undefined) return declined;
      }
      const changed = await client.backfills.change(id, changes, context.by(options.reason));
      const { added, dropped, backfill } = changed;
      out.value("backfill_changed", { added, dropped, ...backfillJson(backfill) }, () => [
        `Backfill ${id}: ${settingsLine(changed.settings)}.`,
        ...(partitions === 0 ? [] : [`${countOf(added, "partition")} added, ${dropped} removed.`]),
      ]);
      return undefined;
    }),
  );
};

function changedLines({ sets }: ChangeEffects): string[] {
  if (sets === undefined) return [];
  const { added, dropped } = sets;
  return [
    ...(added.length === 0 ? [] : ["more:", ...setLines(added)]),
    ...(dropped.length === 0 ? [] : ["fewer:", ...setLines(dropped)]),
  ];
}

function limitOf(limit: number | "none"): number | null {
  return limit === "none" ? null : limit;
}
