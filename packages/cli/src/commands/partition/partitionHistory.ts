import type { PartitionChangeEvent } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { factsText } from "../../text/factsText.ts";
import { instantText } from "../../text/numbers.ts";

/** `infill partition history <asset>` */
export const partitionHistory: DefineCommand = (command, run) => {
  withPageOptions(command.argument("<asset>", "asset name")).action((asset, options) =>
    run(async (context) => {
      const client = await context.client();
      printPage(
        context.out,
        await client.partitions.listChanges(asset, pageOf(options)),
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
