import { isFinalStatus } from "@infill/core";
import type { BackfillDetail, InfillClient } from "@infill/client";
import { attentionLines } from "../render/attentionLines.ts";
import type { CommandContext } from "../command/commandContext.ts";
import { exitCodeOfBackfill, exitCodes } from "../terminal/exitCodes.ts";
import type { Interruption } from "../terminal/commandIo.ts";
import { type ProgressView, progressView } from "./progressView.ts";
import { durationText } from "../text/numbers.ts";

export interface FollowOptions {
  /** Stop watching after this long, in milliseconds; undefined: at the end of the backfill. */
  readonly timeoutMs: number | undefined;
  /** Between lines, where progress is lines. */
  readonly intervalMs: number;
  /** Show nothing, only wait. */
  readonly quiet?: boolean;
}

/** How watching ended. */
type Ending = "final" | "paused" | "timeout" | Interruption;

/**
 * Shows a backfill until it has ended, the time is up, or Ctrl-C. The backfill itself is not touched.
 *
 * @returns the exit code: how the backfill ended, 11 when it paused by itself, 8 after the time-out, 130 or 143 when interrupted
 */
export async function followBackfill(
  context: CommandContext,
  client: InfillClient,
  id: string,
  options: FollowOptions,
): Promise<number> {
  const { io, out } = context;
  const view = progressView(out, {
    intervalMs: options.intervalMs,
    canRedraw: io.stdout.isTTY && io.env["TERM"] !== "dumb",
    now: () => io.now(),
  });
  const ended = await watch(
    context,
    client,
    id,
    options,
    options.quiet === true ? undefined : view,
  );
  const again = `Look again: infill backfill watch ${id}`;
  switch (ended.ending) {
    case "final":
      return ended.backfill !== undefined && isEnded(ended.backfill.status)
        ? exitCodeOfBackfill(ended.backfill.status)
        : exitCodes.unexpected;
    case "paused":
      // A block on the terminal says so already.
      if (options.quiet === true || !view.isLive)
        for (const line of attentionLines(ended.backfill?.attention ?? [])) out.note(line);
      return exitCodes.backfillPaused;
    case "timeout":
      out.note(
        `Stopped watching after ${durationText(options.timeoutMs ?? 0)}; the backfill goes on. ${again}`,
      );
      return exitCodes.timedOut;
    case "SIGINT":
    case "SIGTERM":
    case "parent":
      out.note(`Stopped watching; the backfill goes on. ${again}`);
      return ended.ending === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  }
}

async function watch(
  { io }: CommandContext,
  client: InfillClient,
  id: string,
  options: FollowOptions,
  view: ProgressView | undefined,
): Promise<{ ending: Ending; backfill: BackfillDetail | undefined }> {
  const abort = new AbortController();
  const updates = client.backfills.watch(id, { signal: abort.signal })[Symbol.asyncIterator]();
  let latest: BackfillDetail | undefined;
  let shown: BackfillDetail | undefined;
  const show = () => {
    if (latest === undefined) return;
    shown = latest;
    view?.show(latest);
  };
  const timers: NodeJS.Timeout[] = [];
  let stopListening = () => {};
  const stopped = new Promise<Ending>((resolve) => {
    stopListening = io.onInterruption(resolve);
    if (options.timeoutMs !== undefined) {
      timers.push(setTimeout(() => resolve("timeout"), options.timeoutMs));
    }
  });
  try {
    for (;;) {
      const next = await Promise.race([updates.next(), stopped]);
      if (typeof next === "string") {
        if (shown !== latest) show();
        return { ending: next, backfill: latest };
      }
      if (next.done === true) return { ending: "final", backfill: latest };
      const isFirst = latest === undefined;
      latest = next.value;
      if (isFirst && view !== undefined) timers.push(setInterval(show, view.everyMs));
      const isPaused = latest.attention.some(({ code }) => code === "PAUSED_BY_ITSELF");
      if (isFirst || view?.isLive === true || isPaused || isFinalStatus(latest.status)) show();
      if (isPaused) return { ending: "paused", backfill: latest };
    }
  } finally {
    stopListening();
    for (const timer of timers) clearInterval(timer);
    abort.abort();
    // Ends in its own time: what it still waits for is no reason to wait here.
    Promise.resolve(updates.return?.()).catch(() => {});
  }
}

function isEnded(status: string): status is "succeeded" | "failed" | "canceled" {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
