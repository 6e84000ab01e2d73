import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { failureLines } from "../../render/failureLines.ts";

/** `infill backfill failures <id>` */
export const backfillFailures: DefineCommand = (command, run) => {
  withBackfill(command)
    .option("-q, --quiet", "print only fingerprints, one a line")
    .action((named, options) =>
      run(async (context) => {
        const id = await backfillNamed(context, named, options);
        const { out } = context;
        const failures = await (await context.client()).backfills.listFailures(id);
        if (options.quiet === true) out.lines(failures.groups.map((group) => group.fingerprint));
        else if (out.format === "jsonl") {
          for (const group of failures.groups) out.object("failure_group", group);
        } else
          out.value("backfill_failures", failures, () =>
            failureLines(failures, out.theme, out.width),
          );
        if (failures.failed === 0 && !out.isJson && options.quiet !== true)
          out.note("No partition has failed.");
      }),
    );
};
