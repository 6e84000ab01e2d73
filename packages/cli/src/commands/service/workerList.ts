import type { WorkerSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText } from "../../text/numbers.ts";
import {
  ageCell,
  poolsText,
  projectCell,
  sinceText,
  stateCell,
} from "../../render/processCells.ts";
import { noteOlderProjects } from "../../actions/noteOlderProjects.ts";

/** `infill worker list` */
export const workerList: DefineCommand = (command, run) => {
  command.option("-q, --quiet", "print only ids, one a line").action((options) =>
    run(async (context) => {
      const items = await (await context.client()).workers.list();
      printPage(context.out, { items }, view, options);
      if (options.quiet !== true) noteOlderProjects(context.out, "worker", items);
    }),
  );
};

const view: PageView<WorkerSummary> = {
  type: "worker_summary",
  plural: "workers",
  columns: [
    { header: "id" },
    { header: "state" },
    { header: "host", canShrink: true },
    { header: "pid", align: "right" },
    { header: "version", canShrink: true },
    { header: "running", align: "right" },
    { header: "slots", align: "right" },
    { header: "pools", canShrink: true },
    { header: "since" },
    { header: "heartbeat", align: "right" },
    { header: "project" },
  ],
  row: (worker) => [
    { text: escapeText(worker.id), role: "bold" },
    stateCell(worker),
    { text: escapeText(worker.host) },
    { text: String(worker.pid) },
    { text: escapeText(worker.version) },
    { text: countText(worker.running) },
    { text: countText(worker.slots) },
    { text: escapeText(poolsText(worker)) },
    { text: sinceText(worker) },
    ageCell(worker),
    projectCell(worker),
  ],
  json: (worker) => worker,
  id: ({ id }) => id,
};
