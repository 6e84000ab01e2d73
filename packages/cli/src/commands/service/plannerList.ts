import type { PlannerSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countText } from "../../text/numbers.ts";
import { ageCell, projectCell, sinceText, stateCell } from "../../render/processCells.ts";
import { noteOlderProjects } from "../../actions/noteOlderProjects.ts";

/** `infill planner list` */
export const plannerList: DefineCommand = (command, run) => {
  command.option("-q, --quiet", "print only ids, one a line").action((options) =>
    run(async (context) => {
      const items = await (await context.client()).planners.list();
      printPage(context.out, { items }, view, options);
      if (options.quiet !== true) noteOlderProjects(context.out, "planner", items);
    }),
  );
};

const view: PageView<PlannerSummary> = {
  type: "planner_summary",
  plural: "planners",
  columns: [
    { header: "id" },
    { header: "state" },
    { header: "host", canShrink: true },
    { header: "pid", align: "right" },
    { header: "version", canShrink: true },
    { header: "backfills", align: "right" },
    { header: "since" },
    { header: "heartbeat", align: "right" },
    { header: "project" },
  ],
  row: (planner) => [
    { text: escapeText(planner.id), role: "bold" },
    stateCell(planner),
    { text: escapeText(planner.host) },
    { text: String(planner.pid) },
    { text: escapeText(planner.version) },
    { text: countText(planner.backfills) },
    { text: sinceText(planner) },
    ageCell(planner),
    projectCell(planner),
  ],
  json: (planner) => planner,
  id: ({ id }) => id,
};
