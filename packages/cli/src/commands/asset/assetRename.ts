import type { DefineCommand } from "../../command/commandNode.ts";
import { renameAssetByHand } from "../../actions/renameAssetByHand.ts";

/** `infill asset rename <asset> <new-name>` */
export const assetRename: DefineCommand = (command, run) => {
  command
    .argument("<asset>", "the old name; also one that the project no longer has")
    .argument("<new-name>", "the name that the project uses now")
    .option("--reason <text>", "why; the asset's history keeps it")
    .option("--dry-run", "show what would move; change nothing")
    .option("-y, --yes", "do not ask (up to 10,000 partitions)")
    .option("--confirm <name>", "do not ask; repeat the new name")
    .action((asset, newName, options) =>
      run((context) => renameAssetByHand(context, asset, newName, options)),
    );
};
