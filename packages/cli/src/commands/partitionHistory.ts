import type { PartitionChangeEvent } from "@infill/planner";
import type { DefineCommand } from "../commandNode.ts";
import { pageOf, withPageOptions } from "../commonOptions.ts";
import { type PageView, printPage } from "../printPage.ts";
import { escapeText } from "../render/escapeText.ts";
import { factsText } from "../render/factsText.ts";
import { instantText } from "../render/numbers.ts";

/** `infill partition history <asset>` */
export const partitionHistory: DefineCommand = (command, run) => {
  withPageOptions(command.argument("<asset>", "asset name")).action((asset, options) =>
    run(async (context) => {
      const client = await context.client();
      printPage(
        context.out,
        await client.listPartitionChanges(asset, pageOf(options)),
        view,
        options,
      );
    }),
  );
};

const view: PageView<PartitionChangeEvent> = {
  type: "partition_change",
  plural: "partition_changes",
  columns: [
    { header: "at" },
    { header: "what" },
    { header: "actor" },
    { header: "which", canShrink: true },
    { header: "reason", canShrink: true },
  ],
  row: ({ at, what, actor, reason, details }) => [
    { text: instantText(at) },
    { text: escapeText(what), role: "bold" },
    { text: escapeText(actor) },
    { text: escapeText(factsText({ details })) },
    { text: escapeText(reason) },
  ],
  json: (event) => event,
  id: ({ id }) => id,
};
