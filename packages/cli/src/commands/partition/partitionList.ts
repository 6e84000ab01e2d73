import { Option } from "@commander-js/extra-typings";
import type { PartitionSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { partitionsInput } from "../../actions/partitionsInput.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { durationText, instantText } from "../../text/numbers.ts";
import { runningText } from "../../render/runningText.ts";
import { partitionMark } from "../../render/statuses.ts";

const statuses = ["missing", "in_progress", "materialized", "failed"] as const;

/** `infill partition list <asset>` */
export const partitionList: DefineCommand = (command, run) => {
  withPageOptions(
    command
      .argument("<asset>", "asset name")
      .option(
        "--partitions <text>",
        "partition text; - reads standard input, @name reads a file (default: all)",
      )
      .addOption(
        new Option(
          "--status <status>",
          "only this status; a partition that runs again is in_progress and also keeps its old status",
        ).choices(statuses),
      ),
  ).action((asset, options) =>
    run(async (context) => {
      const partitions = await partitionsInput(options.partitions, context.io);
      const client = await context.client();
      const page = await client.partitions.list(asset, {
        ...pageOf(options),
        ...(partitions === undefined ? {} : { partitions }),
        ...(options.status === undefined ? {} : { status: options.status }),
      });
      printPage(context.out, page, view, options);
    }),
  );
};

const view: PageView<PartitionSummary> = {
  type: "partition",
  plural: "partitions",
  columns: [
    { header: "partition", canShrink: true },
    { header: "status" },
    { header: "settled" },
    { header: "took", align: "right" },
    { header: "attempt", align: "right" },
    { header: "running", canShrink: true },
  ],
  row: (partition) => {
    const { key, lastSettlement, claim } = partition;
    const { glyph, words, role } = partitionMark(partition);
    return [
      { text: escapeText(key === "" ? "(un-partitioned)" : key) },
      { text: `${glyph} ${words}`, role },
      { text: instantText(lastSettlement?.at ?? "") },
      { text: lastSettlement === undefined ? "" : durationText(lastSettlement.durationMs) },
      { text: String((claim ?? lastSettlement)?.attempt ?? "") },
      { text: claim === undefined ? "" : escapeText(runningText(claim)) },
    ];
  },
  json: (partition) => partition,
  id: ({ key }) => escapeText(key),
};
