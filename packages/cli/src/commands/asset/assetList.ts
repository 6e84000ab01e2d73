import type { AssetSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText } from "../../text/numbers.ts";

/** `infill asset list` */
export const assetList: DefineCommand = (command, run) => {
  command
    .option("-q, --quiet", "print only names, one a line")
    .option("--stale", "count stale partitions even if that reads many records")
    .action((options) =>
      run(async (context) => {
        const client = await context.client();
        const staleWithin =
          options.stale === true
            ? Number.POSITIVE_INFINITY
            : options.quiet === true
              ? -1
              : undefined;
        const items = await client.assets.list(staleWithin === undefined ? {} : { staleWithin });
        printPage(context.out, { items }, view, options);
        if (options.quiet === true) return;
        for (const { problem } of items) if (problem !== undefined) context.out.warn(problem);
        if (items.some(({ stale, problem }) => stale === undefined && problem === undefined))
          context.out.note(
            "Stale partitions are not counted, because that reads many records. Run: infill asset list --stale",
          );
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
    { header: "stale", align: "right" },
    { header: "failed", align: "right" },
    { header: "missing", align: "right" },
    { header: "pool", canShrink: true },
    { header: "definition", canShrink: true },
  ],
  row: ({ name, counts, stale, pool, partitions, problem }) => [
    { text: name, role: problem === undefined ? "bold" : "red" },
    { text: countText(counts.total) },
    { text: problem === undefined ? countText(counts.materialized) : "?" },
    {
      text: stale === undefined ? "?" : countText(stale),
      role: stale === undefined || stale === 0 ? "plain" : "yellow",
    },
    {
      text: problem === undefined ? countText(counts.failed) : "?",
      role: counts.failed > 0 ? "red" : "plain",
    },
    { text: problem === undefined ? countText(counts.missing) : "?" },
    { text: pool },
    { text: escapeText(partitions) },
  ],
  json: (asset) => asset,
  id: ({ name }) => name,
};
