import { Option } from "@commander-js/extra-typings";
import { backfillStatuses } from "@infill/core";
import type { ListedBackfill } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { pageOf, withPageOptions } from "../../options/commonOptions.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { listedBackfillJson } from "../../render/backfillJson.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText, instantText } from "../../text/numbers.ts";
import { backfillRole, percentOf, settledCount } from "../../render/statuses.ts";

/** `infill backfill list` */
export const backfillList: DefineCommand = (command, run) => {
  withPageOptions(
    command.addOption(
      new Option("--status <status>", "only backfills with this status").choices(backfillStatuses),
    ),
  ).action((options) =>
    run(async (context) => {
      const client = await context.client();
      const status = options.status === undefined ? {} : { status: options.status };
      const page = await client.backfills.list({ ...pageOf(options), ...status });
      printPage(context.out, page, view, options);
    }),
  );
};

const view: PageView<ListedBackfill> = {
  type: "backfill",
  plural: "backfills",
  columns: [
    { header: "id" },
    { header: "status" },
    { header: "done", align: "right" },
    { header: "settled", align: "right" },
    { header: "failed", align: "right" },
    { header: "created" },
    { header: "assets", canShrink: true },
    { header: "label", canShrink: true },
  ],
  row: (backfill) => {
    if (backfill.status === "unreadable")
      return [
        { text: backfill.id, role: "bold" },
        { text: backfill.status, role: "red" },
        ...["", "", "", "", `its ${backfill.field} is unreadable`, ""].map((text) => ({ text })),
      ];
    const { id, status, counts, createdAt, assets, label } = backfill;
    return [
      { text: id, role: "bold" },
      { text: status, role: backfillRole(status) },
      { text: `${percentOf(settledCount(counts), counts.selected)} %` },
      { text: `${countText(settledCount(counts))}/${countText(counts.selected)}` },
      { text: countText(counts.failed), role: counts.failed > 0 ? "red" : "grey" },
      { text: instantText(createdAt) },
      { text: assets.join(", ") },
      { text: escapeText(label) },
    ];
  },
  json: listedBackfillJson,
  id: ({ id }) => id,
};
