import { InfillError } from "@infill/partitions";
import { describeOperation } from "./assetOperation.ts";

/** The asset's state is being reset, removed or renamed. */
export class AssetChangingError extends InfillError {
  readonly code = "INFILL_ASSET_CHANGING";
  readonly asset: string;

  /** @param operation as the asset's meta hash has it */
  constructor(asset: string, operation: string) {
    const { doing, command } = describeOperation(asset, operation);
    super(
      `The state of asset "${asset}" is locked, because somebody ${doing}. Wait until that has ended. ` +
        `If it was interrupted, continue with \`${command}\`; \`infill doctor\` also names this command.`,
    );
    this.asset = asset;
  }
}
