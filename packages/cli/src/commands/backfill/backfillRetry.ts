import { Option } from "@commander-js/extra-typings";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import {
  followOptionsOf,
  withChangeOptions,
  withFollowOptions,
} from "../../options/commonOptions.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { followBackfill } from "../../actions/followBackfill.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { countOf } from "../../text/numbers.ts";
import { setLines } from "../../render/setLines.ts";

/** `infill backfill retry <id>` */
export const backfillRetry: DefineCommand = (command, run) => {
  const declared = withBackfill(command)
    .option(
      "--group <fingerprint>",
      "only one failure group and the partitions skipped because of it (see backfill failures)",
    )
    .addOption(
      new Option("--only <outcome>", "only partitions with this outcome").choices([
        "failed",
        "skipped",
        "canceled",
      ] as const),
    )
    .option("--dropped", "also partitions that backfill set --drop removed")
    .option("--wait", "watch it to its end; the exit code says how it ended");
  withFollowOptions(withChangeOptions(declared)).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const client = await context.client();
      const which = {
        ...(options.group === undefined ? {} : { group: options.group }),
        ...(options.only === undefined ? {} : { only: options.only }),
        ...(options.dropped === undefined ? {} : { dropped: true }),
      };
      const counts = await client.backfills.previewRetry(id, which);
      const { toRetry, failed, skipped, canceled, dropped } = counts;
      const leftOut =
        dropped === 0
          ? []
          : [
              `${countOf(dropped, "partition")} removed with backfill set --drop will not run; --dropped runs them too.`,
            ];
      if (options.dryRun === true) {
        out.value("backfill_retry_preview", { id, ...counts }, () => [
          `Retrying ${id} would run ${countOf(toRetry, "partition")}: ${failed} failed, ${skipped} skipped, ${canceled} canceled.`,
          ...setLines(counts.sets),
          ...leftOut,
        ]);
        return undefined;
      }
      for (const text of leftOut) out.note(text);
      if (toRetry > 0) {
        if (context.io.isInteractive) for (const line of setLines(counts.sets)) out.note(line);
        const declined = await confirmChange(context, {
          question: `Run ${countOf(toRetry, "partition")} of ${id} again?`,
          partitions: toRetry,
          name: id,
          yes: options.yes === true,
          confirm: options.confirm,
        });
        if (declined !== undefined) return declined;
      }
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      const { reopened, backfill } = await client.backfills.retry(id, {
        ...which,
        actor: context.actor,
        ...reason,
      });
      context.warnOfRedis(client);
      out.value("backfill_retried", { reopened, ...backfillJson(backfill) }, () => [
        reopened === 0
          ? `${id} has nothing to retry.`
          : `Backfill ${id} runs ${countOf(reopened, "partition")} again.`,
      ]);
      if (reopened === 0) return undefined;
      if (options.wait === true)
        return followBackfill(context, client, id, followOptionsOf(options));
      out.note(`Watch it: infill backfill watch ${id}`);
      return undefined;
    }),
  );
};
