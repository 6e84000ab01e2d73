import type { DefineCommand } from "../../command/commandNode.ts";
import { partitionsInput } from "../../actions/partitionsInput.ts";
import { entriesOf } from "../../render/counts.ts";
import { countText } from "../../text/numbers.ts";
import { runningMark, standingMarks } from "../../render/statuses.ts";
import { renderTable } from "../../text/table.ts";

/** `infill partition count <asset>` */
export const partitionCount: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .option(
      "--partitions <text>",
      "partition text; - reads standard input, @name reads a file (default: all)",
    )
    .action((asset, options) =>
      run(async (context) => {
        const { out } = context;
        const partitions = await partitionsInput(options.partitions, context.io);
        const client = await context.client();
        const counts = await client.partitions.count(asset, partitions);
        const selected = partitions === undefined ? {} : { partitions };
        out.value("partition_counts", { asset, ...selected, counts }, () =>
          renderTable(
            [{ header: "status" }, { header: "partitions", align: "right" }],
            [
              ...entriesOf(standingMarks).map(([status, { glyph, words, role }]) => [
                { text: `${glyph} ${words}`, role },
                { text: countText(counts[status]) },
              ]),
              [{ text: "  total" }, { text: countText(counts.total) }],
              [
                {
                  text: `${runningMark.glyph} of them running`,
                  role: runningMark.role,
                },
                { text: countText(counts.inProgress) },
              ],
            ],
            out.theme,
            out.width,
          ),
        );
      }),
    );
};
