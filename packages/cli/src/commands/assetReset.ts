import type { DefineCommand } from "../commandNode.ts";
import { giveUpAssetByHand } from "../giveUpAsset.ts";

/** `infill asset reset <asset>` */
export const assetReset: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name")
    .option("--reason <text>", "why; kept with what was changed by hand")
    .option("--dry-run", "say what would go, change nothing")
    .option("--confirm <name>", "do not ask: repeats the asset's name")
    .action((asset, options) =>
      run((context) => giveUpAssetByHand(context, asset, "reset", options)),
    );
};
