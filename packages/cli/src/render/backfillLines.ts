import type { BackfillDetail } from "@infill/client";
import { attentionLines } from "./attentionLines.ts";
import { ledgerPieces } from "./counts.ts";
import { wrapPieces } from "../text/displayWidth.ts";
import { escapeText } from "../text/escapeText.ts";
import { countText, durationText, instantText } from "../text/numbers.ts";
import { elapsedMs, factsOf } from "./progressBlock.ts";
import { runningText } from "./runningText.ts";
import { settingsLine } from "./settingsLine.ts";
import { backfillRole, percentOf, settledCount } from "./statuses.ts";
import { renderFields, renderTable } from "../text/table.ts";
import type { Theme } from "../text/theme.ts";

/** Everything about one backfill: what was asked for, where it stands, its assets, its newest failures. */
export function backfillLines(
  backfill: BackfillDetail,
  theme: Theme,
  width: number | undefined,
  nowMs: number,
): string[] {
  return [
    ...headLines(backfill, theme, width, nowMs),
    "",
    ...wrapPieces(ledgerPieces(backfill.counts, theme), "   ", width),
    ...wrapPieces(factsOf(backfill), " · ", width),
    ...attentionLines(backfill.attention).map((line) => `${theme.paint("yellow", "!")} ${line}`),
    "",
    ...assetLines(backfill, theme, width),
    ...runningLines(backfill, theme, width),
    ...failureLines(backfill, theme, width),
  ];
}

function headLines(
  backfill: BackfillDetail,
  theme: Theme,
  width: number | undefined,
  nowMs: number,
): string[] {
  const { id, status, request, counts, label, actor, reason, createdAt, finishedAt } = backfill;
  const settled = settledCount(counts);
  return renderFields(
    [
      ["backfill", { text: id, role: "bold" }],
      ["status", { text: status, role: backfillRole(status) }],
      [
        "settled",
        {
          text: `${countText(settled)} of ${countText(counts.selected)} (${percentOf(settled, counts.selected)} %)`,
        },
      ],
      ["label", { text: escapeText(label) }],
      ["assets", { text: escapeText(request.assets) }],
      ["partitions", { text: escapeText(request.partitions) }],
      [
        "policy",
        {
          text: `reprocess ${request.reprocess}, ${settingsLine(backfill.settings)}, window ${backfill.window}`,
        },
      ],
      ["actor", { text: escapeText(actor) }],
      ["reason", { text: escapeText(reason) }],
      ["created", { text: instantText(createdAt) }],
      ["finished", { text: instantText(finishedAt ?? "") }],
      ["elapsed", { text: durationText(elapsedMs(backfill, nowMs)) }],
    ],
    theme,
    width,
  );
}

function assetLines(
  { byAsset }: BackfillDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  return renderTable(
    [
      { header: "asset", canShrink: true },
      { header: "selected", align: "right" },
      { header: "succeeded", align: "right" },
      { header: "failed", align: "right" },
      { header: "skipped", align: "right" },
      { header: "canceled", align: "right" },
      { header: "in progress", align: "right" },
    ],
    byAsset.map(({ asset, counts }) => [
      { text: asset },
      { text: countText(counts.selected) },
      { text: countText(counts.succeeded) },
      { text: countText(counts.failed), role: counts.failed > 0 ? "red" : "plain" },
      { text: countText(counts.skipped) },
      { text: countText(counts.canceled) },
      { text: countText(counts.inProgress) },
    ]),
    theme,
    width,
  );
}

function runningLines(
  { running = [], counts }: BackfillDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  if (running.length === 0) return [];
  const more = counts.inProgress - running.length;
  return [
    "",
    ...renderTable(
      [
        { header: "running", canShrink: true },
        { header: "attempt", align: "right" },
        { header: "where", canShrink: true },
      ],
      running.map((attempt) => [
        {
          text: escapeText(attempt.key === "" ? attempt.asset : `${attempt.asset} ${attempt.key}`),
        },
        { text: String(attempt.attempt) },
        { text: escapeText(runningText(attempt)) },
      ]),
      theme,
      width,
    ),
    ...(more > 0 ? [`and ${countText(more)} more that started later`] : []),
  ];
}

function failureLines(
  { failures, counts }: BackfillDetail,
  theme: Theme,
  width: number | undefined,
): string[] {
  if (failures.length === 0) return [];
  const more = counts.failed - failures.length;
  return [
    "",
    ...renderTable(
      [
        { header: "failed", canShrink: true },
        { header: "attempt", align: "right" },
        { header: "error", canShrink: true },
      ],
      failures.map(({ asset, key, attempt, error }) => [
        { text: escapeText(key === "" ? asset : `${asset} ${key}`) },
        { text: attempt === 0 ? "" : String(attempt) },
        { text: escapeText(error), role: "red" },
      ]),
      theme,
      width,
    ),
    ...(more > 0 ? [`and ${countText(more)} more failed`] : []),
  ];
}
