import type { DefineCommand } from "../../command/commandNode.ts";
import { giveUpAssetByHand } from "../../actions/giveUpAssetByHand.ts";

/** `infill asset remove <asset>` */
export const assetRemove: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "asset name; also one that the project no longer has")
    .option("--reason <text>", "why; the asset's history keeps it")
    .option("--dry-run", "show what would be deleted; change nothing")
    .option("--confirm <name>", "do not ask; repeat the asset's name")
    .action((asset, options) =>
      run((context) => giveUpAssetByHand(context, asset, "remove", options)),
    );
};
