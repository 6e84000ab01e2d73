import type { DefineCommand } from "../../command/commandNode.ts";
import { CommandUsageError } from "../../terminal/commandErrors.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText } from "../../text/numbers.ts";

/** `infill backfill redeliver [delivery]` */
export const backfillRedeliver: DefineCommand = (command, run) => {
  command
    .argument("[delivery]", "delivery id, from backfill deliveries")
    .option("--all", "all parked deliveries")
    .option("--reason <text>", "why; the log keeps it")
    .option("--dry-run", "show what would happen; change nothing")
    .option("-y, --yes", "do not ask")
    .action((delivery, options) =>
      run(async (context) => {
        const { out } = context;
        // The word is no delivery's id, and must not pass for the flag.
        if ((delivery === undefined) === (options.all !== true) || delivery === "all")
          throw new CommandUsageError("Name a delivery id or --all.");
        const which = delivery ?? "all";
        const client = await context.client();
        const parked = await client.deliveries.redeliver(which, { dryRun: true });
        if (options.dryRun === true) {
          out.value("redelivery_preview", { deliveries: parked }, () => [
            `Would send ${deliveriesOf(parked.length)} again:`,
            ...parked.map(({ deliveryId, target }) => lineOf(deliveryId, target)),
          ]);
          return undefined;
        }
        if (parked.length > 0) {
          const declined = await confirmChange(context, {
            question: `Send ${deliveriesOf(parked.length)} again?`,
            partitions: 0,
            name: which,
            yes: options.yes === true,
            confirm: undefined,
          });
          if (declined !== undefined) return declined;
        }
        const deliveries = await client.deliveries.redeliver(which, context.by(options.reason));
        out.value("redelivered", { deliveries }, () =>
          deliveries.length === 0
            ? [
                delivery === undefined
                  ? "No delivery is parked."
                  : `${delivery} is not parked; planners deliver pending summaries by themselves.`,
              ]
            : [
                `${deliveriesOf(deliveries.length)} will be sent again:`,
                ...deliveries.map(({ deliveryId, target }) => lineOf(deliveryId, target)),
              ],
        );
        return undefined;
      }),
    );
};

function deliveriesOf(count: number): string {
  return `${countText(count)} ${count === 1 ? "delivery" : "deliveries"}`;
}

function lineOf(deliveryId: string, target: string | undefined): string {
  return `  ${deliveryId} ${escapeText(target ?? "")}`.trimEnd();
}
