import type { BackfillEvent } from "@infill/client";
import { backfillNamed, withBackfill } from "../../actions/backfillArgument.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { factsText } from "../../text/factsText.ts";
import { instantText } from "../../text/numbers.ts";

/** `infill backfill events <id>` */
export const backfillEvents: DefineCommand = (command, run) => {
  withPageOptions(withBackfill(command)).action((named, options) =>
    run(async (context) => {
      const id = await backfillNamed(context, named, options);
      const client = await context.client();
      const page = await client.backfills.listEvents(id, pageOf(options));
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
