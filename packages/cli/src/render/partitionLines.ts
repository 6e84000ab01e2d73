import type { PartitionDetail } from "@infill/planner";
import { escapeLines, escapeText } from "./escapeText.ts";
import { countOf, durationText, instantText } from "./numbers.ts";
import { spanText } from "./preview.ts";
import { partitionMarks } from "./statuses.ts";
import { type Cell, renderFields } from "./table.ts";
import type { Theme } from "./theme.ts";

/** Everything about one partition: window, status, last settlement, metadata, error, upstream. */
export function partitionLines(
  partition: PartitionDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  const { glyph, words, role } = partitionMarks[partition.status];
  const fields: (readonly [string, Cell])[] = [
    ["asset", { text: partition.asset }],
    ["partition", { text: escapeText(partition.key), role: "bold" }],
    ["status", { text: `${glyph} ${words}`, role }],
    ["window", { text: windowText(partition) }],
    ...settlementFields(partition),
    ...claimFields(partition),
    ...partition.upstream.map(
      ({ asset, keys, firstKey, lastKey }) =>
        [
          "upstream",
          {
            text: escapeText(
              `${asset}: ${countOf(keys, "partition")} ${spanText(firstKey, lastKey)}`.trim(),
            ),
          },
        ] as const,
    ),
    ...Object.entries(partition.metadata ?? {}).map(
      ([name, value]) =>
        [`metadata ${escapeText(name)}`, { text: escapeText(valueText(value)) }] as const,
    ),
  ];
  return [...renderFields(fields, theme, width), ...errorLines(partition, theme)];
}

function windowText({ window }: PartitionDetail): string {
  if (window === undefined) return "";
  return `${instantText(window.start)} to ${instantText(window.end)} (${window.timezone})`;
}

function settlementFields({ lastSettlement }: PartitionDetail): [string, Cell][] {
  if (lastSettlement === undefined) return [];
  const { outcome, at, durationMs, attempt, backfillId, codeVersion, byHand } = lastSettlement;
  if (byHand === true) {
    return [
      ["settled", { text: `marked by hand at ${instantText(at)}` }],
      ["code version", { text: escapeText(codeVersion) }],
    ];
  }
  return [
    [
      "settled",
      {
        text: `${outcome} at ${instantText(at)} after ${durationText(durationMs)}, attempt ${attempt}`,
      },
    ],
    ["backfill", { text: backfillId }],
    ["code version", { text: escapeText(codeVersion) }],
  ];
}

function claimFields({ claim }: PartitionDetail): [string, Cell][] {
  if (claim === undefined) return [];
  const { workerId, backfillId, attempt, startedAt } = claim;
  return [
    [
      "running",
      { text: `since ${instantText(startedAt)}, attempt ${attempt}, on ${escapeText(workerId)}` },
    ],
    ["for", { text: backfillId }],
  ];
}

function errorLines({ error }: PartitionDetail, theme: Theme): string[] {
  if (error === undefined) return [];
  const text = error.stack ?? `${error.name}: ${error.message}`;
  return ["", ...escapeLines(text).map((line) => theme.paint("red", line))];
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
