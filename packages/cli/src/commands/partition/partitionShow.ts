import type { DefineCommand } from "../../command/commandNode.ts";
import { partitionLines } from "../../render/partitionLines.ts";

/** `infill partition show <asset> <key>` */
export const partitionShow: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .argument("[key]", "partition key; omit it for an un-partitioned asset", "")
    .action((asset, key) =>
      run(async (context) => {
        const { out } = context;
        const partition = await (await context.client()).partitions.get(asset, key);
        out.value("partition", partition, () => partitionLines(partition, out.theme, out.width));
      }),
    );
};
