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
    .option("--wait", "watch it to its end; the exit code says how it ended");
  withFollowOptions(withChangeOptions(declared)).action((id, options) =>
    run(async (context) => {
      const { out } = context;
      const client = await context.client();
      const before = await client.getBackfill(id);
      const { failed, skipped, canceled } = before.counts;
      const toRetry = failed + skipped + canceled;
      if (options.dryRun === true) {
        out.value("backfill_retry_preview", { id, toRetry, failed, skipped, canceled }, () => [
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
