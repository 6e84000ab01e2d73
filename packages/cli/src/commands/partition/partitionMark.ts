import { Option } from "@commander-js/extra-typings";
import { changePartitionsByHand, withHandOptions } from "../../actions/changePartitionsByHand.ts";
import type { DefineCommand } from "../../command/commandNode.ts";

/** `infill partition mark <asset>` */
export const partitionMark: DefineCommand = (command, run) => {
  withHandOptions(command.argument("<asset>", "asset name"))
    .addOption(
      new Option("--as <status>", "their new status")
        .choices(["materialized"] as const)
        .makeOptionMandatory(),
    )
    .action((asset, options) =>
      run((context) =>
        changePartitionsByHand(context, asset, options, {
          verb: "mark",
          done: "marked",
          sentence: (partitions) => `Mark ${partitions} of ${asset} as materialized?`,
          change: (client, change) => client.partitions.mark(asset, change),
        }),
      ),
    );
};
