import type { BackfillDetail } from "@infill/client";
import { attentionLines } from "./attentionLines.ts";
import { entriesOf } from "./counts.ts";
import { durationText } from "../text/numbers.ts";
import { ledgerMarks, percentOf, settledCount } from "./statuses.ts";
import { elapsedMs, factsOf } from "./progressBlock.ts";

/** A backfill on one line without colors, for logs and pipes; counts without separators. */
export function progressLine(backfill: BackfillDetail, nowMs: number): string {
  const { id, status, counts } = backfill;
  const settled = settledCount(counts);
  const states = entriesOf(ledgerMarks)
    .filter(([state]) => counts[state] > 0)
    .map(([state, { words }]) => `${counts[state]} ${words}`);
  return [
    `${id} ${status} ${durationText(elapsedMs(backfill, nowMs))}`,
    `${percentOf(settled, counts.selected)} % ${settled}/${counts.selected}`,
    ...states,
    ...factsOf(backfill),
  ]
    .join(", ")
    .concat(...attentionLines(elsewhere(backfill.attention)).map((line) => ` ! ${line}`));
}

/** A pause by itself ends the watch, which then tells of it on a line of its own. */
function elsewhere(attention: BackfillDetail["attention"]): BackfillDetail["attention"] {
  return attention.filter(({ code }) => code !== "PAUSED_BY_ITSELF");
}
