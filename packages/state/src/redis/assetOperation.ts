/**
 * An operation on an asset's whole state. The meta hash has it as `reset`, `remove`, `keep <digest
 * of a definition>`, `rename <new name>`, or `unrename <new name>` while the rename is taken back.
 * The new name's meta hash has the other half: `prepare_rename <old name>` until the name is known
 * to be free, then `rename_from <old name>`, or `unrename_from <old name>`.
 */
export interface AssetOperation {
  /** The operation as a predicate, such as "is resetting". */
  readonly doing: string;
  /** The command that continues it. */
  readonly command: string;
  /** The command that takes it back; undefined if there is none. */
  readonly opposite: string | undefined;
}

/** Parses an operation. One that this version does not know is described by its own text. */
export function describeOperation(asset: string, operation: string): AssetOperation {
  const [kind = "", other = ""] = operation.split(" ");
  const rename = (from: string, to: string) => `infill asset rename ${from} ${to}`;
  switch (kind) {
    case "reset":
      return {
        doing: "resets the asset",
        command: `infill asset reset ${asset}`,
        opposite: undefined,
      };
    case "keep":
      return {
        doing: "moves its state to another definition",
        command: `infill asset reset ${asset} --keep`,
        opposite: undefined,
      };
    case "remove":
      return {
        doing: "removes the asset",
        command: `infill asset remove ${asset}`,
        opposite: undefined,
      };
    case "rename":
      return {
        doing: `renames the asset to "${other}"`,
        command: rename(asset, other),
        opposite: rename(other, asset),
      };
    case "prepare_rename":
    case "rename_from":
      return {
        doing: `renames "${other}" to this name`,
        command: rename(other, asset),
        opposite: rename(asset, other),
      };
    case "unrename":
      return {
        doing: `undoes its rename to "${other}"`,
        command: rename(other, asset),
        opposite: undefined,
      };
    case "unrename_from":
      return {
        doing: `undoes the rename of "${other}" to this name`,
        command: rename(asset, other),
        opposite: undefined,
      };
    default:
      return {
        doing: `changes the asset (${kind})`,
        command: `infill asset ${kind}`,
        opposite: undefined,
      };
  }
}
