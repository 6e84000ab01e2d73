import { submittedMs } from "@infill/core";
import {
  describeOperation,
  type Discrepancy,
  renameAsset,
  renameStage,
  type StateStore,
} from "@infill/state";

/** An asset that is kept from everybody. Its keys are not compared: they do not agree before the change has ended. */
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

/** What a rename does is safe to do beside another process that is at it. */
async function goOnRenaming(store: StateStore, asset: string, operation: string): Promise<void> {
  const [kind, other = ""] = operation.split(" ");
  const [from, to] = kind === "rename" ? [asset, other] : [other, asset];
  // The finding of its other name may have been dealt with.
  if ((await renameStage(store, from, to)) !== "under_way") return;
  await renameAsset(
    store,
    from,
    to,
    { actor: "doctor", reason: "it was interrupted" },
    submittedMs,
  );
}
