import type { BackfillPreview } from "@infill/planner";
import { escapeText } from "./escapeText.ts";
import { countOf, countText } from "./numbers.ts";
import { wrapPieces } from "./displayWidth.ts";
import { renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";

/** What a backfill would run: a row for each asset, then what serves it and what to mind. */
export function previewLines(
  preview: BackfillPreview,
  theme: Theme,
  width: number | undefined,
): string[] {
  const table = renderTable(
    [
      { header: "asset", canShrink: true },
      { header: "selected", align: "right" },
      { header: "up to date", align: "right" },
      { header: "to run", align: "right" },
      { header: "from … to", canShrink: true },
    ],
    preview.assets.map(({ asset, selected, upToDate, toRun, firstKey, lastKey }) => [
      { text: asset },
      { text: countText(selected) },
      { text: countText(upToDate) },
      { text: countText(toRun) },
      { text: escapeText(spanText(firstKey, lastKey)) },
    ]),
    theme,
    width === undefined ? undefined : width - 2,
  );
  const slots =
    preview.slots === 0
      ? "no worker serves them now"
      : `${countOf(preview.slots, "worker slot")} now`;
  const { order, window } = preview.request;
  const facts = [
    `${countOf(preview.toRun, "partition")} to run`,
    slots,
    ...(window === undefined ? [] : [`at most ${countText(window)} in flight`]),
    `${order} first`,
  ];
  return [
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...wrapPieces(facts, " · ", width),
    ...preview.warnings.map((text) => `${theme.paint("yellow", "!")} ${escapeText(text)}`),
  ];
}

/** `first … last`, one key where they are the same, and nothing for the empty key of an un-partitioned asset. */
export function spanText(first: string | undefined, last: string | undefined): string {
  if (first === undefined || last === undefined) return "";
  return first === last ? first : `${first} … ${last}`;
}
