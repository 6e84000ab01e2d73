import { submittedMs } from "@infill/core";
import {
  describeOperation,
  type Discrepancy,
  renameAsset,
  renameStage,
  type StateStore,
} from "@infill/state";

/**
 * Reports an asset under an operation. Its keys are not compared, because they do not agree before
 * the end of the operation.
 */
export function changingAsset(store: StateStore, asset: string, operation: string): Discrepancy {
  const { doing, command, opposite } = describeOperation(asset, operation);
  return {
    check: "asset_changing",
    asset,
    count: 1,
    problem: `Nobody can use the state of the asset, because somebody ${doing}; that is under way, or was interrupted.`,
    remedy: `Go on with it: ${command}.${opposite === undefined ? "" : ` Or take it back: ${opposite}.`}`,
    ...(opposite === undefined ? {} : { repair: () => goOnRenaming(store, asset, operation) }),
  };
}

/** Continues a rename. This is safe even if another process is continuing it. */
async function goOnRenaming(store: StateStore, asset: string, operation: string): Promise<void> {
  const [kind, other = ""] = operation.split(" ");
  const [from, to] = kind === "rename" ? [asset, other] : [other, asset];
  // The repair of the other name's finding may have finished it.
  if ((await renameStage(store, from, to)) !== "under_way") return;
  await renameAsset(
    store,
    from,
    to,
    { actor: "doctor", reason: "it was interrupted" },
    submittedMs,
  );
}
