import {
  fingerprintOf,
  InfillError,
  isSameFingerprint,
  type PartitionsDefinition,
} from "@infill/partitions";
import {
  assetOperation,
  beginChange,
  deleteKeys,
  endChange,
  markChange,
  turnChange,
} from "./assetChanges.ts";
import { assetKeys } from "../assets/assetKeys.ts";
import { describeOperation } from "../redis/assetOperation.ts";
import type { LogEntry } from "../log/backfillLog.ts";
import { type AssetCopy, copyAssetKeys, writeAssetFields } from "./copyAssetKeys.ts";
import { crashPoint } from "@infill/core";
import { moveCaps } from "../permits/moveCaps.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import { renameInBackfills } from "../backfills/renameInBackfills.ts";
import type { StateStore } from "../store/stateStore.ts";

/** An asset that cannot be renamed so; nothing was changed. */
export class AssetRenameError extends InfillError {
  readonly code = "INFILL_ASSET_RENAME";
  readonly asset: string;
  readonly newName: string;

  constructor(asset: string, newName: string, problem: string) {
    super(`Asset "${asset}" cannot be renamed to "${newName}": ${problem}.`);
    this.asset = asset;
    this.newName = newName;
  }
}

/**
 * `new`: it begins. `under_way`: it was begun, and goes on. `back`: the opposite was begun and is taken back, or that was
 * interrupted.
 */
export type RenameStage = "new" | "under_way" | "back";

/** What stands of a rename, by the marks in both names' meta hashes. */
export async function renameStage(
  store: StateStore,
  from: string,
  to: string,
): Promise<RenameStage> {
  const [ofFrom, ofTo] = await Promise.all([
    assetOperation(store, from),
    assetOperation(store, to),
  ]);
  const coming = [`prepare_rename ${from}`, `rename_from ${from}`];
  if (ofFrom === `rename ${to}` || coming.includes(ofTo ?? "")) return "under_way";
  const opposite = [`rename ${from}`, `unrename ${from}`];
  if (ofTo !== undefined && opposite.includes(ofTo)) return "back";
  if (ofFrom === `unrename_from ${to}`) return "back";
  return "new";
}

/** Kinds of keys that registering an asset writes before anything is kept of it. */
const registrationKinds = new Set(["meta", "code_versions", "registry", "sessions"]);

/** Whether anything but its registration is kept of an asset. */
async function hasState(store: StateStore, asset: string): Promise<boolean> {
  for await (const page of assetKeys(store, asset))
    if (page.some(({ kind }) => !registrationKinds.has(kind ?? ""))) return true;
  return false;
}

/**
 * Says why a rename would be refused, before anything is written.
 *
 * @param definition of the new name in the project; undefined where the project does not have it
 * @throws AssetRenameError, AssetChangingError
 */
export async function checkRename(
  store: StateStore,
  from: string,
  to: string,
  definition: PartitionsDefinition | undefined,
): Promise<void> {
  const refuse = (problem: string) => new AssetRenameError(from, to, problem);
  if (from === to) throw refuse("expected two different names");
  for (const name of [from, to]) {
    const operation = await assetOperation(store, name);
    if (operation !== undefined) throw new AssetChangingError(name, operation);
  }
  const recorded = await store.redis.hget(store.keys.meta(from), "fingerprint");
  if (!(await hasState(store, from)))
    throw refuse(`no state of "${from}" is kept, so there is nothing to move`);
  if (definition === undefined)
    throw refuse(`the project has no asset "${to}"; rename it in the project file first`);
  const fingerprint = fingerprintOf(definition);
  if (recorded !== null && !isSameFingerprint(recorded, fingerprint))
    throw refuse(
      `its partitions are recorded as "${recorded}", and "${to}" is defined as "${fingerprint}", which would give its state ` +
        `another meaning; define "${to}" as "${from}" was`,
    );
  if (await hasState(store, to)) throw taken(from, to);
}

function taken(from: string, to: string): AssetRenameError {
  const problem = `"${to}" has state of its own; give that up first with \`infill asset reset ${to}\`, or choose another name`;
  return new AssetRenameError(from, to, problem);
}

/**
 * Moves the state of an asset to another name: statuses, records, errors, metadata, attempts, ledgers of ended backfills, and
 * what was changed by hand. Nobody uses either name until it has ended. Both names are marked; everything is copied, in steps;
 * the backfills name it anew; what stands under the old name is deleted. Safe to call again after an interruption.
 *
 * @param bornMs reads the instant at which a backfill was submitted out of its id, epoch milliseconds
 * @throws AssetInUseError, AssetChangingError, AssetRenameError
 */
export async function renameAsset(
  store: StateStore,
  from: string,
  to: string,
  by: Pick<LogEntry, "actor" | "reason">,
  bornMs: (backfillId: string) => number,
): Promise<void> {
  const copy: AssetCopy = { from, to, leaving: `rename ${to}`, coming: `rename_from ${from}` };
  const entry = { what: "asset_renamed", ...by, details: { from, to } };
  if (!(await hasArrived(store, copy))) await beginRename(store, copy, bornMs);
  crashPoint("after:rename");
  // Without the old name's mark only the last step is left.
  if ((await assetOperation(store, from)) === copy.leaving) {
    if (!(await move(store, copy, entry))) return finishedElsewhere(store, copy);
    crashPoint("after:rename_end");
  }
  await endChange(store, to, copy.coming, "kept", entry);
}

async function hasArrived(store: StateStore, { to, coming }: AssetCopy): Promise<boolean> {
  return (await assetOperation(store, to)) === coming;
}

/** @returns whether the operation was under way to its end */
async function move(store: StateStore, copy: AssetCopy, entry: LogEntry): Promise<boolean> {
  const { redis, keys } = store;
  const { from, to, leaving } = copy;
  const [operation, moved] = await redis.hmget(keys.meta(from), "operation", "moved");
  if (operation !== leaving) return false;
  if (moved === null) {
    if (!(await copyAssetKeys(store, copy))) return false;
    crashPoint("after:rename_copy");
    const isUnderWay = async () => (await assetOperation(store, from)) === leaving;
    if (!(await renameInBackfills(store, from, to, entry, isUnderWay))) return false;
    await moveCaps(store, from, to);
    // From here on it cannot be taken back.
    if (!(await writeAssetFields(store, from, leaving, ["moved", "1"]))) return false;
    crashPoint("after:rename_moved");
  }
  for await (const page of assetKeys(store, from)) {
    const going = page.filter(({ kind }) => kind !== "meta");
    if (!(await deleteKeys(store, from, leaving, going))) return false;
    crashPoint("after:rename_delete");
  }
  await endChange(store, from, leaving, "removed", undefined);
  return true;
}

/**
 * Marks both names. Nothing is copied to the new one before it is known to be free, and another process that gives the same
 * command at the same time undoes nothing.
 *
 * @throws AssetInUseError, AssetChangingError, AssetRenameError
 */
async function beginRename(
  store: StateStore,
  copy: AssetCopy,
  bornMs: (backfillId: string) => number,
): Promise<void> {
  const { from, to, leaving, coming } = copy;
  const preparing = `prepare_rename ${from}`;
  const isNew = await beginChange(store, from, leaving, bornMs, "all");
  const undo = async () => {
    if (isNew) await endChange(store, from, leaving, "undone", undefined);
    await endChange(store, to, preparing, "undone", undefined);
  };
  try {
    await markChange(store, to, preparing);
  } catch (error) {
    if (await hasArrived(store, copy)) return;
    if (error instanceof InfillError) await undo();
    throw error;
  }
  crashPoint("after:rename_mark");
  if (await hasState(store, to)) {
    if (await hasArrived(store, copy)) return;
    await undo();
    throw taken(from, to);
  }
  // What was registered of it holds ordinals of its own.
  for await (const page of assetKeys(store, to)) {
    const going = page.filter(({ kind }) => kind !== "meta");
    await deleteKeys(store, to, preparing, going);
  }
  const operation = await assetOperation(store, from);
  if (operation !== leaving) {
    await undo();
    throw new AssetRenameError(from, to, "somebody took it back meanwhile");
  }
  await turnChange(store, to, preparing, coming);
}

/** Another process goes on with the same rename, or has taken it back. @throws AssetRenameError where it was taken back */
async function finishedElsewhere(store: StateStore, { from, to }: AssetCopy): Promise<void> {
  const operation = await assetOperation(store, from);
  if (operation === undefined && !(await hasState(store, from))) return;
  throw new AssetRenameError(from, to, "somebody took it back meanwhile");
}

/**
 * Takes back a rename that was interrupted before anything was deleted under the old name. Safe to call again after an
 * interruption.
 *
 * @param from the old name, which is the asset's again
 * @throws AssetRenameError where it has to go on instead
 */
export async function takeRenameBack(
  store: StateStore,
  from: string,
  to: string,
  by: Pick<LogEntry, "actor" | "reason">,
): Promise<void> {
  const [leaving, coming] = [`unrename ${to}`, `unrename_from ${from}`];
  const word = await turnChange(store, from, `rename ${to}`, leaving);
  if (word !== "turned") {
    const { command } = describeOperation(from, `rename ${to}`);
    const problem = `what stood under "${from}" is being deleted already; go on with \`${command}\``;
    throw new AssetRenameError(to, from, problem);
  }
  await endChange(store, to, `prepare_rename ${from}`, "undone", undefined);
  const turned = await turnChange(store, to, `rename_from ${from}`, coming);
  crashPoint("after:unrename");
  if (turned === "turned") {
    const entry = { what: "asset_renamed", ...by, details: { from: to, to: from } };
    const isUnderWay = async () => (await assetOperation(store, from)) === leaving;
    if (!(await renameInBackfills(store, to, from, entry, isUnderWay))) return;
    await moveCaps(store, to, from);
    for await (const page of assetKeys(store, to)) {
      const going = page.filter(({ kind }) => kind !== "meta");
      if (!(await deleteKeys(store, to, coming, going))) return;
    }
    await endChange(store, to, coming, "removed", undefined);
  }
  await endChange(store, from, leaving, "undone", undefined);
}
