import type { BackfillEvent } from "@infill/planner";
import { backfillNamed, withBackfill } from "../backfillArgument.ts";
import type { DefineCommand } from "../commandNode.ts";
import { pageOf, withPageOptions } from "../commonOptions.ts";
import { type PageView, printPage } from "../printPage.ts";
import { escapeText } from "../render/escapeText.ts";
import { factsText } from "../render/factsText.ts";
import { instantText } from "../render/numbers.ts";

/** `infill backfill events <id>` */
export const backfillEvents: DefineCommand = (command, run) => {
  withPageOptions(withBackfill(command)).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const client = await context.client();
      const page = await client.listBackfillEvents(id, pageOf(options));
      printPage(context.out, page, view, options);
    }),
  );
};

const view: PageView<BackfillEvent> = {
  type: "backfill_event",
  plural: "backfill_events",
  columns: [
    { header: "n", align: "right" },
    { header: "at" },
    { header: "what" },
    { header: "actor" },
    { header: "change", canShrink: true },
    { header: "reason", canShrink: true },
  ],
  row: (event) => [
    { text: String(event.number) },
    { text: instantText(event.at) },
    { text: escapeText(event.what), role: "bold" },
    { text: escapeText(event.actor) },
    { text: escapeText(factsText(event)) },
    { text: escapeText(event.reason) },
  ],
  json: (event) => event,
  id: ({ number }) => String(number),
};
