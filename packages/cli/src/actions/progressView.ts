import { isFinalStatus } from "@infill/core";
import type { BackfillDetail } from "@infill/client";
import type { Output } from "../terminal/output.ts";
import { backfillJson } from "../render/backfillJson.ts";
import { progressBlock } from "../render/progressBlock.ts";
import { progressLine } from "../render/progressLine.ts";

/** Shows a backfill while it is being watched. */
export interface ProgressView {
  /** How often it wants to be called even where nothing has changed, in milliseconds. */
  readonly everyMs: number;
  /** Whether it wants each change at once, not only what is there after `everyMs`. */
  readonly isLive: boolean;
  show(backfill: BackfillDetail): void;
}

/** A block that is drawn over itself on a terminal, a line or a JSON object each `intervalMs` elsewhere. */
export function progressView(
  out: Output,
  options: { readonly intervalMs: number; readonly canRedraw: boolean; readonly now: () => number },
): ProgressView {
  const { intervalMs, now } = options;
  if (out.isJson) {
    return {
      everyMs: intervalMs,
      isLive: false,
      show: (backfill) => out.object("backfill", backfillJson(backfill)),
    };
  }
  if (options.canRedraw) return redrawnBlock(out, now);
  return {
    everyMs: intervalMs,
    isLive: false,
    show: (backfill) => out.lines([progressLine(backfill, now())]),
  };
}

function redrawnBlock(out: Output, now: () => number): ProgressView {
  let drawn = 0;
  return {
    everyMs: 1_000,
    isLive: true,
    show(backfill) {
      const lines = progressBlock(backfill, out.theme, (out.width ?? 80) - 1, now());
      // Up to where the block began, and away with everything from there on.
      const back = drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`;
      out.stdout.write(`${back}${lines.join("\n")}\n`);
      drawn = isFinalStatus(backfill.status) ? 0 : lines.length;
    },
  };
}
