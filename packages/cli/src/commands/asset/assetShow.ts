import type { AssetDetail } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { statusPieces } from "../../render/counts.ts";
import { wrapPieces } from "../../text/displayWidth.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText } from "../../text/numbers.ts";
import { spanText } from "../../render/previewLines.ts";
import { renderFields } from "../../text/table.ts";
import type { Theme } from "../../text/theme.ts";

/** `infill asset show <asset>` */
export const assetShow: DefineCommand = (command, run) => {
  command.argument("<asset>", "asset name").action((name) =>
    run(async (context) => {
      const { out } = context;
      const asset = await (await context.client()).assets.get(name);
      out.value("asset", asset, () => assetLines(asset, out.theme, out.width));
    }),
  );
};

function assetLines(asset: AssetDetail, theme: Theme, width: number | undefined): string[] {
  const keys = spanText(asset.firstKey, asset.lastKey);
  return [
    ...renderFields(
      [
        ["asset", { text: asset.name, role: "bold" }],
        ["description", { text: escapeText(asset.description) }],
        ["definition", { text: escapeText(asset.partitions) }],
        ["partitions", { text: countText(asset.counts.total) }],
        ["stale", { text: asset.stale === undefined ? "" : countText(asset.stale) }],
        ["from … to", { text: escapeText(keys) }],
        ["pool", { text: asset.pool }],
        ...capRows(asset),
        ["tags", { text: escapeText(asset.tags.join(", ")) }],
        ["code version", { text: escapeText(asset.codeVersion) }],
        ["fingerprint", { text: escapeText(asset.fingerprint) }],
        ...asset.upstream.map(
          ({ asset: upstream, mapping }) =>
            ["upstream", { text: escapeText(`${upstream} (${mapping})`) }] as const,
        ),
        ...asset.downstream.map(
          ({ asset: downstream, mapping }) =>
            ["downstream", { text: escapeText(`${downstream} (${mapping})`) }] as const,
        ),
      ],
      theme,
      width,
    ),
    "",
    ...wrapPieces(statusPieces(asset.counts, theme), "   ", width),
  ];
}

/** A row for each cap, with what is in progress now. */
function capRows({
  concurrency,
  concurrencyPer = [],
}: AssetDetail): (readonly [string, { text: string }])[] {
  const own = concurrency === undefined ? [] : [concurrency];
  return [
    ...own.map(
      ({ cap, inUse }) =>
        ["at once", { text: `at most ${countText(cap)}, now ${countText(inUse)}` }] as const,
    ),
    ...concurrencyPer.map(({ dimension, cap, keys }) => {
      const busy = keys.map(({ key, inUse }) => `${key} ${countText(inUse)}`).join(", ");
      const text = `at most ${countText(cap)} each, now ${busy === "" ? "none" : busy}`;
      return [`per ${escapeText(dimension)}`, { text: escapeText(text) }] as const;
    }),
  ];
}
