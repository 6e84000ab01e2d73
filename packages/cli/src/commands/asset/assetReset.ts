import type { DefineCommand } from "../../command/commandNode.ts";
import { giveUpAssetByHand } from "../../actions/giveUpAsset.ts";
import { keepStateByHand } from "../../actions/keepState.ts";

/** `infill asset reset <asset>` */
export const assetReset: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .option("--keep", "keep the partitions whose window or key is the same")
    .option("--reason <text>", "why; kept with what was changed by hand")
    .option("--dry-run", "say what would go, change nothing")
    .option("--confirm <name>", "do not ask: repeats the asset's name")
    .action((asset, options) =>
      run((context) =>
        options.keep === true
          ? keepStateByHand(context, asset, options)
          : giveUpAssetByHand(context, asset, "reset", options),
      ),
    );
};
