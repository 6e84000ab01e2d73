import type { ProcessSummary, WorkerSummary } from "@infill/client";
import { escapeText } from "../text/escapeText.ts";
import { countText, durationText, instantText } from "../text/numbers.ts";
import type { Cell } from "../text/table.ts";

/** Characters of a fingerprint that are shown: enough to tell the projects of one namespace apart. */
const shownDigits = 8;

/** The state of a worker or planner; of a blocked one that too. */
export function stateCell(process: ProcessSummary & Pick<WorkerSummary, "blockedMs">): Cell {
  const { state, blockedMs } = process;
  if (state === "lost") return { text: state, role: "red" };
  if (blockedMs !== undefined) return { text: `${escapeText(state)}, blocked`, role: "yellow" };
  return { text: escapeText(state), role: state === "running" ? "green" : "yellow" };
}

/** How long ago the last heartbeat was. */
export function ageCell({ state, heartbeatAgeMs }: ProcessSummary, suffix = ""): Cell {
  if (heartbeatAgeMs === undefined) return { text: "unknown", role: "grey" };
  const text = `${durationText(heartbeatAgeMs)}${suffix}`;
  return { text, role: state === "lost" ? "red" : "plain" };
}

/** The beginning of a project's fingerprint, and whether it is older than the newest project. */
export function projectCell({ project, isProjectOlder }: ProcessSummary): Cell {
  if (project === undefined) return { text: "unknown", role: "grey" };
  const short = escapeText(project.slice(0, shownDigits));
  return isProjectOlder ? { text: `${short} older`, role: "yellow" } : { text: short };
}

/** When the process started. */
export function sinceText({ startedAt }: ProcessSummary): string {
  return startedAt === undefined ? "unknown" : instantText(startedAt);
}

/** Slots by pool: `default 16, warehouse 4`. */
export function poolsText({ pools }: WorkerSummary): string {
  return Object.entries(pools)
    .map(([pool, slots]) => `${pool} ${countText(slots)}`)
    .join(", ");
}
