import type { DefineCommand } from "../../command/commandNode.ts";
import { renameAssetByHand } from "../../actions/renameAsset.ts";

/** `infill asset rename <asset> <new-name>` */
export const assetRename: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "the old name; the project need not have it any more")
    .argument("<new-name>", "the name that the project has for it now")
    .option("--reason <text>", "why; kept with what was changed by hand")
    .option("--dry-run", "say what would move, change nothing")
    .option("-y, --yes", "do not ask (up to 10,000 partitions)")
    .option("--confirm <name>", "do not ask: repeats the new name")
    .action((asset, newName, options) =>
      run((context) => renameAssetByHand(context, asset, newName, options)),
    );
};
