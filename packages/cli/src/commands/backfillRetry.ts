import { Option } from "@commander-js/extra-typings";
import type { DefineCommand } from "../commandNode.ts";
import { followOptionsOf, withChangeOptions, withFollowOptions } from "../commonOptions.ts";
import { confirmChange } from "../confirm.ts";
import { followBackfill } from "../followBackfill.ts";
import { backfillJson } from "../render/backfillJson.ts";
import { countOf } from "../render/numbers.ts";

/** `infill backfill retry <id>` */
export const backfillRetry: DefineCommand = (command, run) => {
  const declared = command
    .argument("<id>", "backfill id")
    .option(
      "--group <fingerprint>",
      "only one group of failures, and what was skipped because of it (see backfill failures)",
    )
    .addOption(
      new Option("--only <outcome>", "only those that ended so").choices([
        "failed",
        "skipped",
        "canceled",
      ] as const),
    )
    .option("--wait", "watch it to its end; the exit code says how it ended");
  withFollowOptions(withChangeOptions(declared)).action((id, options) =>
    run(async (context) => {
      const { out } = context;
      const client = await context.client();
      const which = {
        ...(options.group === undefined ? {} : { group: options.group }),
        ...(options.only === undefined ? {} : { only: options.only }),
      };
      const counts = await client.previewRetry(id, which);
      const { toRetry, failed, skipped, canceled } = counts;
      if (options.dryRun === true) {
        out.value("backfill_retry_preview", { id, ...counts }, () => [
          `Retrying ${id} would run ${countOf(toRetry, "partition")}: ${failed} failed, ${skipped} skipped, ${canceled} canceled.`,
        ]);
        return undefined;
      }
      if (toRetry > 0) {
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
      const { reopened, backfill } = await client.retryBackfill(id, {
        ...which,
        actor: context.actor,
        ...reason,
      });
      context.warnOfRedis(client);
      out.value("backfill_retried", { reopened, ...backfillJson(backfill) }, () => [
        reopened === 0
          ? `Nothing of ${id} is to be retried.`
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
