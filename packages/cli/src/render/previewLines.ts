import type { AssetPreview, BackfillPreview } from "@infill/client";
import { wrapPieces } from "../text/displayWidth.ts";
import { durationSpanText } from "../text/durationSpanText.ts";
import { escapeText } from "../text/escapeText.ts";
import { countOf, countText } from "../text/numbers.ts";
import { statusText } from "./counts.ts";
import { renderTable } from "../text/table.ts";
import type { Theme } from "../text/theme.ts";
import { type KindOfWarning, previewWarnings, warningLines } from "../text/warningLines.ts";

/**
 * What a backfill would run: a row for each asset, then how long it takes and what to mind.
 *
 * @param all whether every warning is written, of a kind with many too
 */
export function previewLines(
  preview: BackfillPreview,
  theme: Theme,
  width: number | undefined,
  all = false,
): string[] {
  const table = renderTable(
    [
      { header: "asset", canShrink: true },
      { header: "selected", align: "right" },
      { header: "up to date", align: "right" },
      { header: "to run", align: "right" },
      { header: "now", canShrink: true },
      { header: "from … to", canShrink: true },
    ],
    preview.assets.map((asset) => [
      { text: asset.asset },
      { text: countText(asset.selected) },
      { text: countText(asset.upToDate) },
      { text: countText(asset.toRun) },
      { text: statusText(asset.statuses) },
      { text: escapeText(rangesText(asset)) },
    ]),
    theme,
    width === undefined ? undefined : width - 2,
  );
  const { order, window } = preview.request;
  const facts = [
    `${countOf(preview.toRun, "partition")} to run`,
    ...durationTexts(preview),
    ...(window === undefined ? [] : [`at most ${countText(window)} in flight`]),
    order === "spread" ? "spread out" : `${order} first`,
  ];
  const mark = theme.paint("yellow", "!");
  return [
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...wrapPieces(facts, " · ", width),
    ...warningLines(
      [...preview.assets.flatMap(sharedWarnings), ...previewWarnings(preview)],
      all,
    ).map((text) => `${mark} ${escapeText(text)}`),
  ];
}

/** Tells how to submit the plan of a preview. */
export function planLine({ planHash, toRun }: BackfillPreview): string[] {
  return toRun === 0
    ? []
    : [
        `Plan ${planHash}: within the hour, the same command with --plan runs exactly this, or says what changed.`,
      ];
}

function durationTexts({ duration, slots }: BackfillPreview): string[] {
  const serving = slots === 0 ? "no worker serves it now" : `${countOf(slots, "worker slot")} now`;
  if (duration === undefined) return [serving];
  if (duration.isKnown) {
    const chain =
      duration.longestChain > 1
        ? [`${countText(duration.longestChain)} of them one after another`]
        : [];
    return [
      `takes ${durationSpanText(duration)} with the present ${countOf(slots, "worker slot")}, ` +
        `${durationSpanText(duration.withTwiceTheSlots)} with twice as many`,
      ...chain,
    ];
  }
  const { neverRun } = duration;
  const names = neverRun.slice(0, 3).join(", ") + (neverRun.length > 3 ? " and others" : "");
  return [serving, ...(neverRun.length === 0 ? [] : [`duration unknown: ${names} never ran`])];
}

function sharedWarnings({ asset, shared, toRun }: AssetPreview): KindOfWarning[] {
  if (shared === undefined) return [];
  const [newest, ...others] = shared.backfills;
  const which = `${newest?.id ?? ""}${others.length === 0 ? "" : ` and ${others.length} more`}`;
  return [
    {
      kind: "shared",
      text:
        `${countText(shared.partitions)} of ${countText(toRun)} partitions of ${asset} are also in ${which}; ` +
        "if both run a partition at once, it runs once.",
    },
  ];
}

/** Partition text of several dimensions, `first … last`, or `2 ranges: a … b, c … d` where there are holes between; the first three are written out. */
export function rangesText({
  firstKey,
  lastKey,
  ranges,
  text,
}: Pick<AssetPreview, "firstKey" | "lastKey" | "ranges" | "text">): string {
  if (text === ":all") return `all: ${spanText(firstKey, lastKey)}`;
  if (text !== undefined) return text;
  if (ranges === undefined || ranges.count < 2) return spanText(firstKey, lastKey);
  const written = ranges.first.map(([from, to]) => spanText(from, to));
  const rest = ranges.count > written.length ? ", …" : "";
  return `${countText(ranges.count)} ranges: ${written.join(", ")}${rest}`;
}

/** `first … last`, one key where they are the same, and nothing for the empty key of an un-partitioned asset. */
export function spanText(first: string | undefined, last: string | undefined): string {
  if (first === undefined || last === undefined) return "";
  return first === last ? first : `${first} … ${last}`;
}
