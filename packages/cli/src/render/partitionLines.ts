import { zonedInstant } from "@infill/core";
import type { PartitionDetail } from "@infill/client";
import { causeLines } from "./causeLines.ts";
import { escapeLines, escapeText } from "../text/escapeText.ts";
import { countOf, durationText, instantText } from "../text/numbers.ts";
import { rangesText } from "./previewLines.ts";
import { runningText } from "./runningText.ts";
import { partitionMark } from "./statuses.ts";
import { type Cell, renderFields, renderTable } from "../text/table.ts";
import type { Theme } from "../text/theme.ts";

/** Everything about one partition: window, status, last settlement, metadata, error, upstream. */
export function partitionLines(
  partition: PartitionDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  const { glyph, words, role } = partitionMark(partition);
  const fields: (readonly [string, Cell])[] = [
    ["asset", { text: partition.asset }],
    ["partition", { text: escapeText(partition.key), role: "bold" }],
    ["status", { text: `${glyph} ${words}`, role }],
    ["window", { text: windowText(partition) }],
    ...settlementFields(partition),
    ...goneErrorFields(partition),
    ...claimFields(partition),
    ...partition.upstream.map(
      ({ asset, keys, ...span }) =>
        [
          "upstream",
          {
            text: escapeText(`${asset}: ${countOf(keys, "partition")} ${rangesText(span)}`.trim()),
          },
        ] as const,
    ),
    ...Object.entries(partition.metadata ?? {}).map(
      ([name, value]) =>
        [`metadata ${escapeText(name)}`, { text: escapeText(valueText(value)) }] as const,
    ),
  ];
  return [
    ...renderFields(fields, theme, width),
    ...errorLines(partition, theme),
    ...attemptLines(partition, theme, width),
  ];
}

function windowText({ window }: PartitionDetail): string {
  if (window === undefined) return "";
  const { start, end, timezone } = window;
  return `${zonedInstant(start, timezone)} to ${zonedInstant(end, timezone)} (${timezone})`;
}

function settlementFields({ lastSettlement }: PartitionDetail): [string, Cell][] {
  if (lastSettlement === undefined) return [];
  const { outcome, at, durationMs, attempt, codeVersion, byHand } = lastSettlement;
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
    ["backfill", { text: backfillText(lastSettlement) }],
    ["code version", { text: escapeText(codeVersion) }],
  ];
}

/** Pruning a backfill takes the errors of its failures with it. */
function goneErrorFields({ standing, error, lastSettlement }: PartitionDetail): [string, Cell][] {
  const isGone =
    standing === "failed" && error === undefined && lastSettlement?.backfillDeleted === true;
  return isGone ? [["error", { text: "deleted with the backfill" }]] : [];
}

/** A backfill's id, and that it can be looked up no more where it is deleted. */
function backfillText({
  backfillId,
  backfillDeleted,
}: {
  readonly backfillId: string;
  readonly backfillDeleted?: true | undefined;
}): string {
  return backfillDeleted === true ? `${backfillId} (deleted)`.trim() : backfillId;
}

function claimFields({ claim }: PartitionDetail): [string, Cell][] {
  if (claim === undefined) return [];
  return [
    ["running", { text: escapeText(`attempt ${claim.attempt}, ${runningText(claim)}`) }],
    ["for", { text: claim.backfillId }],
  ];
}

/** The attempts, where there is more to tell than the last settlement, which is above. */
function attemptLines(
  { attempts }: PartitionDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  const [only] = attempts;
  const isTold = attempts.length === 1 && only?.workerId === undefined;
  if (attempts.length === 0 || isTold) return [];
  return [
    "",
    ...renderTable(
      [
        { header: "attempt", align: "right" },
        { header: "ended" },
        { header: "at" },
        { header: "took", align: "right" },
        { header: "worker", canShrink: true },
        { header: "backfill", canShrink: true },
        { header: "error", canShrink: true },
      ],
      attempts.map(
        ({ attempt, ended, at, durationMs, workerId, backfillId, backfillDeleted, error }) => [
          { text: String(attempt) },
          { text: ended.replace("_", " "), role: ended === "succeeded" ? "plain" : "yellow" },
          { text: instantText(at) },
          { text: durationText(durationMs) },
          { text: escapeText(workerId ?? "") },
          { text: backfillText({ backfillId, backfillDeleted }) },
          { text: escapeText(error ?? ""), role: "red" },
        ],
      ),
      theme,
      width,
    ),
  ];
}

function errorLines({ error }: PartitionDetail, theme: Theme): string[] {
  if (error === undefined) return [];
  const text = error.stack ?? `${error.name}: ${error.message}`;
  const lines = [...escapeLines(text), ...causeLines(error.causes)];
  return ["", ...lines.map((line) => theme.paint("red", line))];
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
