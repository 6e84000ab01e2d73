import type { WaitingSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { instantText } from "../../text/numbers.ts";

/** `infill backfill deliveries` */
export const backfillDeliveries: DefineCommand = (command, run) => {
  command.option("-q, --quiet", "print only delivery ids, one a line").action((options) =>
    run(async (context) => {
      const items = await (await context.client()).deliveries.list();
      printPage(context.out, { items }, view, options);
    }),
  );
};

const view: PageView<WaitingSummary> = {
  type: "delivery",
  plural: "deliveries",
  columns: [
    { header: "delivery" },
    { header: "event" },
    { header: "target", canShrink: true },
    { header: "status" },
    { header: "attempts", align: "right" },
    { header: "at" },
    { header: "error", canShrink: true },
  ],
  row: ({ deliveryId, event, target, status, attempts, at, error }) => [
    { text: deliveryId, role: "bold" },
    { text: event },
    { text: escapeText(target ?? "") },
    { text: status, role: status === "parked" ? "red" : "plain" },
    { text: String(attempts) },
    { text: instantText(at) },
    { text: escapeText(error) },
  ],
  json: (delivery) => delivery,
  id: ({ deliveryId }) => deliveryId,
};
