import type { DefineCommand } from "../../command/commandNode.ts";
import { giveUpAssetByHand } from "../../actions/giveUpAsset.ts";

/** `infill asset remove <asset>` */
export const assetRemove: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name; the project need not have it any more")
    .option("--reason <text>", "why; kept with what was changed by hand")
    .option("--dry-run", "say what would go, change nothing")
    .option("--confirm <name>", "do not ask: repeats the asset's name")
    .action((asset, options) =>
      run((context) => giveUpAssetByHand(context, asset, "remove", options)),
    );
};
