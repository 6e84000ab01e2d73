import type { DynamicDefinition, DynamicPartition } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { CommandUsageError } from "../../terminal/commandErrors.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText, instantText } from "../../text/numbers.ts";

/** `infill dynamic list [definition]` */
export const dynamicList: DefineCommand = (command, run) => {
  withPageOptions(
    command
      .argument("[definition]", "name of a dynamic definition (default: all)")
      .option("--removed", "removed keys"),
  ).action((definition, options) =>
    run(async (context) => {
      if (definition === undefined && options.removed === true) {
        throw new CommandUsageError(
          "--removed needs a definition: infill dynamic list regions --removed.",
        );
      }
      const client = await context.client();
      if (definition === undefined) {
        printPage(
          context.out,
          { items: await client.dynamic.listDefinitions() },
          definitions,
          options,
        );
        return;
      }
      const page = await client.dynamic.list(definition, {
        ...pageOf(options),
        ...(options.removed === true ? { removed: true } : {}),
      });
      printPage(context.out, page, keysView(options.removed === true), options);
    }),
  );
};

const definitions: PageView<DynamicDefinition> = {
  type: "dynamic_definition",
  plural: "dynamic_definitions",
  columns: [
    { header: "definition", canShrink: true },
    { header: "keys", align: "right" },
    { header: "removed", align: "right" },
    { header: "assets", canShrink: true },
  ],
  row: ({ name, keys, removed, assets }) => [
    { text: escapeText(name), role: "bold" },
    { text: countText(keys) },
    { text: countText(removed) },
    { text: assets.join(", ") },
  ],
  json: (definition) => definition,
  id: ({ name }) => escapeText(name),
};

function keysView(areRemoved: boolean): PageView<DynamicPartition> {
  return {
    type: "dynamic_partition",
    plural: "dynamic_partitions",
    columns: [{ header: "key", canShrink: true }, { header: areRemoved ? "removed" : "added" }],
    row: ({ key, since }) => [{ text: escapeText(key) }, { text: instantText(since) }],
    json: (partition) => partition,
    id: ({ key }) => escapeText(key),
  };
}
