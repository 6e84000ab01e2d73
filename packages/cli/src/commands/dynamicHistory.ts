import type { DynamicChangeEvent } from "@infill/planner";
import type { DefineCommand } from "../commandNode.ts";
import { pageOf, withPageOptions } from "../commonOptions.ts";
import { type PageView, printPage } from "../printPage.ts";
import { escapeText } from "../render/escapeText.ts";
import { countText, instantText } from "../render/numbers.ts";

/** `infill dynamic history <definition>` */
export const dynamicHistory: DefineCommand = (command, run) => {
  withPageOptions(command.argument("<definition>", "name of a dynamic definition")).action(
    (definition, options) =>
      run(async (context) => {
        const client = await context.client();
        const page = await client.listDynamicChanges(definition, pageOf(options));
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
