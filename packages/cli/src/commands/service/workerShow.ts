import type { WorkerDetail } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText, durationText, instantText } from "../../text/numbers.ts";
import {
  ageCell,
  poolsText,
  projectCell,
  sinceText,
  stateCell,
} from "../../render/processCells.ts";
import { renderFields } from "../../text/table.ts";
import type { Theme } from "../../text/theme.ts";

/** `infill worker show <id>` */
export const workerShow: DefineCommand = (command, run) => {
  command.argument("<id>", "worker id, or its first characters").action((id) =>
    run(async (context) => {
      const { out } = context;
      const worker = await (await context.client()).workers.get(id);
      out.value("worker_detail", worker, () => workerLines(worker, out.theme, out.width));
    }),
  );
};

function workerLines(worker: WorkerDetail, theme: Theme, width: number | undefined): string[] {
  const { id, host, pid, version, slots, running, blockedMs, partitions } = worker;
  const left = running - partitions.length;
  return [
    ...renderFields(
      [
        ["worker", { text: escapeText(id), role: "bold" }],
        ["state", stateCell(worker)],
        ["host", { text: escapeText(host) }],
        ["pid", { text: String(pid) }],
        ["version", { text: escapeText(version) }],
        ["pools", { text: escapeText(poolsText(worker)) }],
        ["slots", { text: `${countText(running)} of ${countText(slots)} in use` }],
        ["since", { text: sinceText(worker) }],
        ["heartbeat", ageCell(worker, " ago")],
        ["blocked", { text: blockedMs === undefined ? "" : `for ${durationText(blockedMs)}` }],
        ["project", projectCell(worker)],
      ],
      theme,
      width,
    ),
    ...(partitions.length === 0 ? [] : ["", "It runs:"]),
    ...partitions.map(({ asset, key, attempt, backfillId, startedAt }) => {
      const since = startedAt === undefined ? "not started yet" : `since ${instantText(startedAt)}`;
      return escapeText(`  ${asset} ${key}  ${since}, attempt ${attempt}, ${backfillId}`);
    }),
    ...(left > 0 && partitions.length > 0 ? [`  and ${countText(left)} more`] : []),
  ];
}
