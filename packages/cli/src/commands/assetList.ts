import type { AssetSummary } from "@infill/planner";
import type { DefineCommand } from "../commandNode.ts";
import { type PageView, printPage } from "../printPage.ts";
import { escapeText } from "../render/escapeText.ts";
import { countText } from "../render/numbers.ts";

/** `infill asset list` */
export const assetList: DefineCommand = (command, run) => {
  command.option("-q, --quiet", "print names only, one a line").action((options) =>
    run(async (context) => {
      const items = await (await context.client()).listAssets();
      printPage(context.out, { items }, view, options);
    }),
  );
};

const view: PageView<AssetSummary> = {
  type: "asset",
  plural: "assets",
  columns: [
    { header: "asset", canShrink: true },
    { header: "partitions", align: "right" },
    { header: "materialized", align: "right" },
    { header: "failed", align: "right" },
    { header: "missing", align: "right" },
    { header: "pool", canShrink: true },
    { header: "definition", canShrink: true },
  ],
  row: ({ name, counts, pool, partitions }) => [
    { text: name, role: "bold" },
    { text: countText(counts.total) },
    { text: countText(counts.materialized) },
    { text: countText(counts.failed), role: counts.failed > 0 ? "red" : "plain" },
    { text: countText(counts.missing) },
    { text: pool },
    { text: escapeText(partitions) },
  ],
  json: (asset) => asset,
  id: ({ name }) => name,
};
