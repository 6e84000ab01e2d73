import { changePartitionsByHand, withHandOptions } from "../../actions/changePartitionsByHand.ts";
import type { DefineCommand } from "../../command/commandNode.ts";

/** `infill partition wipe <asset>` */
export const partitionWipe: DefineCommand = (command, run) => {
  withHandOptions(command.argument("<asset>", "asset name")).action((asset, options) =>
    run((context) =>
      changePartitionsByHand(context, asset, options, {
        verb: "wipe",
        done: "wiped",
        sentence: (partitions) =>
          `Forget status, records, errors and metadata of ${partitions} of ${asset}?`,
        change: (client, change) => client.partitions.wipe(asset, change),
      }),
    ),
  );
};
