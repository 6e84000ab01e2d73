import type { PruneEvent, PrunedBackfills } from "@infill/client";
import { backfillInputs } from "@infill/client/inputs";
import type { DefineCommand } from "../../command/commandNode.ts";
import { CommandUsageError } from "../../terminal/commandErrors.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { durationOf, wholeNumberOf } from "../../options/parsers.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countOf, countText, instantText } from "../../text/numbers.ts";

const { olderThanMs, keep: mostKept } = backfillInputs.prune.shape;

/** `infill backfill prune` */
export const backfillPrune: DefineCommand = (command, run) => {
  command
    .option(
      "--older-than <duration>",
      "backfills that ended longer ago, such as 30d",
      durationOf(olderThanMs),
    )
    .option(
      "--keep <n>",
      "keep this many of the newest ended backfills; prune the others",
      wholeNumberOf(mostKept),
    )
    .option("--history", "list when backfills were pruned, by whom and why")
    .option("--reason <text>", "why; the history keeps it")
    .option("--dry-run", "show what would happen; change nothing")
    .option("-y, --yes", "do not ask")
    .action((options) =>
      run(async (context) => {
        const { out } = context;
        const client = await context.client();
        const { olderThan, keep } = options;
        const limits = {
          ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
          ...(keep === undefined ? {} : { keep }),
        };
        if (options.history === true) {
          if (olderThan !== undefined || keep !== undefined || options.dryRun === true)
            throw new CommandUsageError("--history only lists prunes; use it without other flags.");
          printPage(out, { items: await client.backfills.listPrunes() }, view, {});
          return undefined;
        }
        const preview = await client.backfills.prune({ ...limits, dryRun: true });
        if (options.dryRun === true) {
          out.value("backfill_prune_preview", preview, () => [
            `Would prune ${spanOf(preview)}; ${countOf(preview.left, "ended backfill")} would stay.`,
            ...namesOf(preview),
            ...keptOf(preview),
          ]);
          return undefined;
        }
        if (preview.pruned > 0) {
          const declined = await confirmChange(context, {
            question: `Prune ${spanOf(preview)}, with their logs and the errors of their failures? Partitions keep their state.`,
            partitions: 0,
            name: "prune",
            yes: options.yes === true,
            confirm: undefined,
          });
          if (declined !== undefined) return declined;
        }
        const done = await client.backfills.prune({
          ...limits,
          actor: context.actor,
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        });
        out.value("backfills_pruned", done, () => [
          done.pruned === 0
            ? "There is nothing to prune."
            : `Pruned ${spanOf(done)}; ${countOf(done.left, "ended backfill")} left.`,
          ...keptOf(done),
        ]);
        return undefined;
      }),
    );
};

function spanOf({ pruned, firstFinishedAt, lastFinishedAt }: PrunedBackfills): string {
  const what = countOf(pruned, "ended backfill");
  if (firstFinishedAt === undefined || lastFinishedAt === undefined) return what;
  const [first, last] = [instantText(firstFinishedAt), instantText(lastFinishedAt)];
  return `${what} (ended ${first === last ? first : `${first} to ${last}`})`;
}

function namesOf({ ids, pruned }: PrunedBackfills): string[] {
  const more = pruned - ids.length;
  return [
    ...ids.map((id) => `  ${id}`),
    ...(more > 0 ? [`  and ${countText(more)} that ended later`] : []),
  ];
}

function keptOf({ kept }: PrunedBackfills): string[] {
  if (kept === 0) return [];
  return [
    `${countOf(kept, "backfill")} kept, because a summary waits for delivery (infill backfill deliveries) or the backfill runs again.`,
  ];
}

const view: PageView<PruneEvent> = {
  type: "prune",
  plural: "prunes",
  columns: [
    { header: "at" },
    { header: "backfills", align: "right" },
    { header: "ended from" },
    { header: "to" },
    { header: "actor" },
    { header: "reason", canShrink: true },
  ],
  row: ({ at, backfills, firstFinishedAt, lastFinishedAt, actor, reason }) => [
    { text: instantText(at) },
    { text: countText(backfills) },
    { text: instantText(firstFinishedAt) },
    { text: instantText(lastFinishedAt) },
    { text: escapeText(actor) },
    { text: escapeText(reason) },
  ],
  json: (event) => event,
  id: ({ at }) => at,
};
