import type { DefineCommand } from "../commandNode.ts";
import { withChangeOptions } from "../commonOptions.ts";
import { confirmChange } from "../confirm.ts";
import { countOf } from "../render/numbers.ts";

/** `infill backfill delete <id>` */
export const backfillDelete: DefineCommand = (command, run) => {
  withChangeOptions(command.argument("<id>", "backfill id")).action((id, options) =>
    run(async (context) => {
      const { out } = context;
      const client = await context.client();
      if (options.dryRun === true) {
        const { status, counts } = await client.getBackfill(id);
        out.value("backfill_delete_preview", { id, status }, () => [
          `Would delete ${id} (${status}): its log and progress over ${countOf(counts.selected, "partition")}. The partitions keep their state.`,
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
      await client.deleteBackfill(id, {
        actor: context.actor,
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      });
      out.value("backfill_deleted", { id }, () => [`Backfill ${id} is deleted.`]);
      return undefined;
    }),
  );
};
