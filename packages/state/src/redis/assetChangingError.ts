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
      `The state of asset "${asset}" cannot be used now, because somebody ${doing}: wait until that has ended. ` +
        `If it was interrupted, go on with \`${command}\`; \`infill doctor\` names it.`,
    );
    this.asset = asset;
  }
}
