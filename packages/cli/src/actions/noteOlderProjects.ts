import type { ProcessSummary } from "@infill/client";
import type { Output } from "../terminal/output.ts";
import { countText } from "../text/numbers.ts";

/** Says how many of the live processes run an older project, with what helps. */
export function noteOlderProjects(
  out: Output,
  kind: "worker" | "planner",
  processes: readonly ProcessSummary[],
): void {
  const alive = processes.filter(({ state }) => state !== "lost");
  const older = alive.filter(({ isProjectOlder }) => isProjectOlder).length;
  if (older === 0) return;
  const run = older === 1 ? "runs" : "run";
  const them = older === 1 ? "it" : "them";
  out.warn(
    `${countText(older)} of ${countText(alive.length)} ${kind}${alive.length === 1 ? "" : "s"} ${run} an older project. Restart ${them} to use the newer one.`,
  );
}
