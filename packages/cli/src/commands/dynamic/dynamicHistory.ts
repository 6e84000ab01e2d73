import type { DynamicChangeEvent } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText, instantText } from "../../text/numbers.ts";

/** `infill dynamic history <definition>` */
export const dynamicHistory: DefineCommand = (command, run) => {
  withPageOptions(command.argument("<definition>", "name of a dynamic definition")).action(
    (definition, options) =>
      run(async (context) => {
        const client = await context.client();
        const page = await client.dynamic.listChanges(definition, pageOf(options));
        printPage(context.out, page, view, options);
      }),
  );
};

const view: PageView<DynamicChangeEvent> = {
  type: "dynamic_change",
  plural: "dynamic_changes",
  columns: [
    { header: "at" },
    { header: "what" },
    { header: "keys", align: "right" },
    { header: "which", canShrink: true },
    { header: "actor" },
    { header: "reason", canShrink: true },
  ],
  row: ({ at, what, keys, firstKeys, actor, reason }) => [
    { text: instantText(at) },
    { text: escapeText(what), role: "bold" },
    { text: countText(keys) },
    { text: escapeText(firstKeys.join(", ") + (keys > firstKeys.length ? ", …" : "")) },
    { text: escapeText(actor) },
    { text: escapeText(reason) },
  ],
  json: (event) => event,
  id: ({ id }) => id,
};
