import { InfillError } from "@infill/partitions";
import type { InfillClient } from "@infill/client";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions } from "../../options/commonOptions.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { countOf } from "../../text/numbers.ts";

/** `infill backfill delete <id>` */
export const backfillDelete: DefineCommand = (command, run) => {
  const declared = withBackfill(command).option(
    "--force",
    "delete an unreadable one or one set aside too, in any status",
  );
  withChangeOptions(declared).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out } = context;
      const client = await context.client();
      if (options.dryRun === true) {
        const problem = options.force === true ? await problemOf(client, id) : undefined;
        if (problem !== undefined) {
          out.value("backfill_delete_preview", { id, status: "unreadable", problem }, () => [
            problem,
            `Would delete the remaining log, progress, jobs and claims of ${id}. The partitions keep their state.`,
          ]);
          return undefined;
        }
        const { status, counts } = await client.backfills.get(id);
        out.value("backfill_delete_preview", { id, status }, () => [
          `Would delete ${id} (${status}): its log and progress for ${countOf(counts.selected, "partition")}. The partitions keep their state.`,
        ]);
        return undefined;
      }
      const declined = await confirmChange(context, {
        question: `Delete ${id} with its log? The partitions keep their state.`,
        partitions: 0,
        name: id,
        yes: options.yes === true,
        confirm: options.confirm,
      });
      if (declined !== undefined) return declined;
      await client.backfills.delete(id, {
        actor: context.actor,
        ...(options.force === true ? { force: true } : {}),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      });
      out.value("backfill_deleted", { id }, () => [`Backfill ${id} is deleted.`]);
      return undefined;
    }),
  );
};

/** Why a backfill cannot be read; undefined where it can. */
async function problemOf(client: InfillClient, id: string): Promise<string | undefined> {
  try {
    await client.backfills.get(id);
    return undefined;
  } catch (error) {
    if (error instanceof InfillError && error.code === "INFILL_BACKFILL_UNREADABLE")
      return error.message;
    throw error;
  }
}
