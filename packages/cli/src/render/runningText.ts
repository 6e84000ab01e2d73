import type { RunningAttempt } from "@infill/client";
import { instantText } from "../text/numbers.ts";

/** Where a partition runs, and since when. */
export function runningText({ workerId, startedAt }: RunningAttempt): string {
  return startedAt === undefined
    ? `on ${workerId}, not started yet`
    : `on ${workerId} since ${instantText(startedAt)}`;
}
