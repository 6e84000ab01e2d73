import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { backfillJson } from "../../render/backfillJson.ts";
import { backfillLines } from "../../render/backfillLines.ts";

/** `infill backfill show <id>` */
export const backfillShow: DefineCommand = (command, run) => {
  withBackfill(command).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const { out, io } = context;
      const backfill = await (await context.client()).backfills.get(id);
      out.value("backfill", backfillJson(backfill), () =>
        backfillLines(backfill, out.theme, out.width, io.now()),
      );
    }),
  );
};
