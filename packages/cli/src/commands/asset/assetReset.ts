import type { DefineCommand } from "../../command/commandNode.ts";
import { giveUpAssetByHand } from "../../actions/giveUpAssetByHand.ts";
import { keepStateByHand } from "../../actions/keepStateByHand.ts";

/** `infill asset reset <asset>` */
export const assetReset: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .option("--keep", "keep partitions whose time window or key is the same in both definitions")
    .option("--reason <text>", "why; the asset's history keeps it")
    .option("--dry-run", "show what would be deleted; change nothing")
    .option("--confirm <name>", "do not ask; repeat the asset's name")
    .action((asset, options) =>
      run((context) =>
        options.keep === true
          ? keepStateByHand(context, asset, options)
          : giveUpAssetByHand(context, asset, "reset", options),
      ),
    );
};
