import type { DefineCommand } from "../../command/commandNode.ts";
import { exitCodes } from "../../terminal/exitCodes.ts";
import { whyLines } from "../../render/whyLines.ts";

/** `infill partition why <asset> [key]` */
export const partitionWhy: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .argument("[key]", "partition key; omit it for an un-partitioned asset", "")
    .action((asset, key) =>
      run(async (context) => {
        const { out } = context;
        const why = await (await context.client()).partitions.explain(asset, key);
        out.value("partition_why", why, () => whyLines(why, out.theme, out.width));
        return why.status === "absent" ? exitCodes.notFound : undefined;
      }),
    );
};
