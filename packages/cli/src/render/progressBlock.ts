import { isFinalStatus } from "@infill/core";
import type { BackfillDetail } from "@infill/client";
import { attentionLines } from "./attentionLines.ts";
import { ledgerPieces } from "./counts.ts";
import { displayWidth, truncateToWidth, wrapPieces } from "../text/displayWidth.ts";
import { escapeText } from "../text/escapeText.ts";
import {
  countOf,
  countText,
  durationText,
  instantText,
  rateText,
  remainingText,
} from "../text/numbers.ts";
import { backfillRole, percentOf, settledCount } from "./statuses.ts";
import type { Theme } from "../text/theme.ts";

const longestBar = 30;
const shortestBar = 6;
const shownFailures = 3;

/**
 * A running or ended backfill in a few lines: bar, counts, rate and time left, newest failures. No line is wider
 * than `width`, so that a terminal can draw over it.
 */
export function progressBlock(
  backfill: BackfillDetail,
  theme: Theme,
  width: number,
  nowMs: number,
): string[] {
  const facts = factsOf(backfill);
  return [
    ...headLines(backfill, theme, width, nowMs),
    ...wrapPieces(ledgerPieces(backfill.counts, theme), "   ", width - 2).map(
      (line) => `  ${line}`,
    ),
    ...(facts.length === 0 ? [] : wrapPieces(facts, " · ", width - 2).map((line) => `  ${line}`)),
    ...backfill.attention.flatMap((attention) => attentionBlock(attention, theme, width)),
    ...failureLines(backfill, theme, width),
  ];
}

/** What is the matter, and below it the command that helps, which is cut off last. */
function attentionBlock(
  { command, ...attention }: BackfillDetail["attention"][number],
  theme: Theme,
  width: number,
): string[] {
  const [line = ""] = attentionLines([attention]);
  return [
    `  ${theme.paint("yellow", "!")} ${truncateToWidth(line, width - 4)}`,
    ...(command === undefined
      ? []
      : [`    ${truncateToWidth(`Run: ${escapeText(command)}`, width - 4)}`]),
  ];
}

/** How long a backfill has been running, or ran, in milliseconds. */
export function elapsedMs(backfill: BackfillDetail, nowMs: number): number {
  const end = backfill.finishedAt === undefined ? nowMs : Date.parse(backfill.finishedAt);
  return end - Date.parse(backfill.createdAt);
}

/** Rate, workers and time left, as far as they mean anything. */
export function factsOf(backfill: BackfillDetail): string[] {
  if (isFinalStatus(backfill.status)) return [];
  if (backfill.status === "paused") return pauseFacts(backfill);
  return [
    ...(backfill.perSecond > 0 ? [rateText(backfill.perSecond)] : []),
    backfill.workers === 0 ? "no worker" : countOf(backfill.workers, "worker"),
    // What is left of a backfill that is being canceled will not be run.
    ...(backfill.remainingMs === undefined || backfill.status === "canceling"
      ? []
      : [remainingText(backfill.remainingMs)]),
  ];
}

function pauseFacts({ pause, attention }: BackfillDetail): string[] {
  if (pause === undefined) return [];
  // Why it paused by itself is told below, with what helps.
  const isTold = attention.some(({ code }) => code === "PAUSED_BY_ITSELF");
  return [
    ...(pause.reason === "" || isTold ? [] : [escapeText(pause.reason)]),
    pause.until === undefined ? "until it is resumed" : `until ${instantText(pause.until)}`,
  ];
}

function headLines(backfill: BackfillDetail, theme: Theme, width: number, nowMs: number): string[] {
  const { id, status, counts } = backfill;
  const settled = settledCount(counts);
  const elapsed = durationText(elapsedMs(backfill, nowMs));
  const percent = `${String(percentOf(settled, counts.selected)).padStart(3)} %`;
  const numbers = `${countText(settled)}/${countText(counts.selected)}`;
  const name = `${theme.paint("bold", id)}  ${theme.paint(backfillRole(status), status)} ${elapsed}`;
  const nameWidth = displayWidth(name);
  const share = (room: number) => {
    const length = Math.min(longestBar, room - percent.length - numbers.length - 3);
    const bar = length < shortestBar ? " " : ` ${barOf(settled, counts.selected, length, theme)}  `;
    return `${percent}${bar}${numbers}`;
  };
  const oneLine = `${name}  ${share(width - nameWidth - 2)}`;
  if (displayWidth(oneLine) <= width) return [oneLine];
  if (nameWidth <= width) return [name, `  ${share(width - 2)}`];
  return [
    truncateToWidth(id, width),
    truncateToWidth(`  ${status} ${elapsed}`, width),
    share(width),
  ];
}

function barOf(settled: number, selected: number, length: number, theme: Theme): string {
  const filled = selected === 0 ? length : Math.floor((settled / selected) * length);
  return (
    theme.paint("green", "━".repeat(filled)) + theme.paint("grey", "─".repeat(length - filled))
  );
}

function failureLines(backfill: BackfillDetail, theme: Theme, width: number): string[] {
  const { failures, failureGroups, counts } = backfill;
  if (failureGroups !== undefined) {
    return failureGroups.map(({ count, error, samples }) => {
      const keys = samples.map(({ asset, key }) => (key === "" ? asset : `${asset} ${key}`));
      const what = escapeText(`${countText(count)} × ${error}   ${keys.join(", ")}`);
      return `  ${theme.paint("red", "✕")} ${truncateToWidth(what, width - 4)}`;
    });
  }
  const lines = failures.slice(0, shownFailures).map(({ asset, key, error }) => {
    const what = escapeText(`${asset}${key === "" ? "" : ` ${key}`}: ${error}`);
    return `  ${theme.paint("red", "✕")} ${truncateToWidth(what, width - 4)}`;
  });
  const more = counts.failed - lines.length;
  return lines.length === 0 || more <= 0
    ? lines
    : [...lines, truncateToWidth(`    and ${countText(more)} more failed`, width)];
}
