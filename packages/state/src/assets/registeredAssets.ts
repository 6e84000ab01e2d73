import { type AnyAsset, UnknownAssetError } from "@infill/core";
import { InfillError } from "@infill/partitions";
import type { AssetOrdinals } from "../keys/assetOrdinals.ts";

/** The definition would give other meanings to the ordinals of existing state. */
export class DefinitionChangedError extends InfillError {
  readonly code = "INFILL_DEFINITION_CHANGED";
  readonly asset: string;
  readonly recorded: string;
  readonly defined: string;

  constructor(asset: string, recorded: string, defined: string) {
    super(
      `The partitions of asset "${asset}" are recorded as "${recorded}" and now defined as "${defined}", which would ` +
        "change the meaning of its state. Restore the definition, give the asset another name, or delete the state with " +
        `\`infill asset reset ${asset}\` (\`--keep\` keeps the partitions whose window or key is the same).`,
    );
    this.asset = asset;
    this.recorded = recorded;
    this.defined = defined;
  }
}

/** An asset whose state can be read and written. */
export interface RegisteredAsset {
  readonly asset: AnyAsset;
  readonly fingerprint: string;
  /**
   * Random text from the asset's registration. Another one means that Redis lost the state, or that
   * it was reset. "" for an asset that is not registered: it has no state, and no transition
   * accepts it.
   */
  readonly epoch: string;
  /** 0 for none. */
  readonly codeVersionNumber: number;
  readonly ordinals: AssetOrdinals;
  /**
   * Whether a part of it, such as a static key, is not registered yet. The values are those that
   * registering would give.
   */
  readonly isProvisional?: boolean;
}

/**
 * A project's assets by name: those whose state can be read, and those whose state does not fit
 * their definition.
 */
export class RegisteredAssets extends Map<string, RegisteredAsset> {
  /**
   * By name, the error that says why an asset's state cannot be read with its present definition.
   */
  readonly unfit = new Map<string, InfillError>();
}

/** @throws UnknownAssetError, DefinitionChangedError, AssetChangingError */
export function requireAsset(
  registered: ReadonlyMap<string, RegisteredAsset>,
  name: string,
): RegisteredAsset {
  const found = registered.get(name);
  if (found !== undefined) return found;
  const unfit = unfitAssets(registered);
  const problem = unfit.get(name);
  if (problem !== undefined) throw problem;
  throw new UnknownAssetError(name, [...registered.keys(), ...unfit.keys()]);
}

const none: ReadonlyMap<string, InfillError> = new Map();

/** The assets whose state does not fit their definition, by name, with the reason. */
export function unfitAssets(
  registered: ReadonlyMap<string, RegisteredAsset>,
): ReadonlyMap<string, InfillError> {
  return registered instanceof RegisteredAssets ? registered.unfit : none;
}
