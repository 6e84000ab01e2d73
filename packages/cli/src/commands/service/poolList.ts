import type { PoolSummary } from "@infill/client";
import type { DefineCommand } from "../../command/commandNode.ts";
import { type PageView, printPage } from "../../actions/printPage.ts";
import { countText } from "../../text/numbers.ts";

/** Functions that go on beyond their claim that are told one by one, of each pool. */
const mostShown = 20;

/** `infill pool list` */
export const poolList: DefineCommand = (command, run) => {
  command.option("-q, --quiet", "print only names, one a line").action((options) =>
    run(async (context) => {
      const items = await (await context.client()).pools.list();
      printPage(context.out, { items }, view, options);
      if (options.quiet !== true && !context.out.isJson)
        for (const { overruns } of items)
          for (const each of overruns.slice(0, mostShown))
            context.out.warn(
              `${each.asset} ${each.partition} still runs after its claim ended (${each.reason} at ${each.since}) on ${each.workerId}`,
            );
    }),
  );
};

const view: PageView<PoolSummary> = {
  type: "pool",
  plural: "pools",
  columns: [
    { header: "pool", canShrink: true },
    { header: "workers", align: "right" },
    { header: "slots", align: "right" },
    { header: "active", align: "right" },
    { header: "waiting", align: "right" },
    { header: "delayed", align: "right" },
    { header: "at once", align: "right" },
    { header: "overrun", align: "right" },
    { header: "assets", canShrink: true },
  ],
  row: (pool) => [
    { text: pool.pool, role: "bold" },
    { text: countText(pool.workers), role: pool.workers === 0 ? "yellow" : "plain" },
    { text: countText(pool.slots) },
    { text: countText(pool.active) },
    { text: countText(pool.waiting) },
    { text: countText(pool.delayed) },
    { text: atOnce(pool) },
    { text: countText(pool.overruns.length), role: pool.overruns.length > 0 ? "yellow" : "plain" },
    { text: pool.assets.join(", ") },
  ],
  json: (pool) => pool,
  id: ({ pool }) => pool,
};

/** What is in progress, of what may be. */
function atOnce({ concurrency, inUse = 0 }: PoolSummary): string {
  return concurrency === undefined ? "–" : `${countText(inUse)}/${countText(concurrency)}`;
}
