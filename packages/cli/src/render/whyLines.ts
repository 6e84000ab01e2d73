import type { PartitionStatus, PartitionWhy, WhyPartition } from "@infill/client";
import { escapeText } from "../text/escapeText.ts";
import { countOf, countText } from "../text/numbers.ts";
import { type Mark, runningMark, standingMarks } from "./statuses.ts";
import { renderFields } from "../text/table.ts";
import type { Theme } from "../text/theme.ts";

/** Why a partition stands where it does: its status, the reasons with what would change them, and what it reads. */
export function whyLines(why: PartitionWhy, theme: Theme, width: number | undefined): string[] {
  const { asset, key, status, stale, reasons, upstream } = why;
  const mark = status === "absent" ? undefined : markOf(status);
  return [
    ...renderFields(
      [
        ["asset", { text: asset }],
        ["partition", { text: escapeText(key), role: "bold" }],
        [
          "status",
          mark === undefined
            ? { text: "no such partition", role: "yellow" }
            : {
                text: `${mark.glyph} ${mark.words}${stale === true ? ", stale" : ""}`,
                role: mark.role,
              },
        ],
      ],
      theme,
      width,
    ),
    "",
    ...reasons.flatMap(({ text, command, partitions = [] }) => [
      escapeText(text),
      ...partitions.map((partition) => `  ${partitionText(partition)}`),
      ...(command === undefined ? [] : [`  $ ${escapeText(command)}`]),
    ]),
    ...upstream.flatMap(({ asset: name, counts, partitions }) => [
      "",
      `It reads ${countOf(counts.total, "partition")} of ${name}, of which ${countText(counts.materialized)} ${counts.materialized === 1 ? "is" : "are"} materialized:`,
      ...partitions.map((partition) => `  ${partitionText(partition)}`),
      ...(counts.total > partitions.length
        ? [`  and ${countText(counts.total - partitions.length)} more`]
        : []),
    ]),
  ];
}

function partitionText({ asset, key, status, error, workerId }: WhyPartition): string {
  const mark = status === undefined ? undefined : markOf(status);
  return [
    ...(mark === undefined ? [] : [mark.glyph]),
    escapeText(key === "" ? asset : `${asset} ${key}`),
    ...(mark === undefined ? [] : [mark.words]),
    ...(workerId === undefined ? [] : [`on ${escapeText(workerId)}`]),
    ...(error === undefined ? [] : [`(${escapeText(error)})`]),
  ].join(" ");
}

function markOf(status: PartitionStatus): Mark {
  return status === "in_progress" ? runningMark : standingMarks[status];
}
