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

/** The asset cannot be renamed this way; nothing was changed. */
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
 * `new`: no rename is under way. `under_way`: this rename was begun. `back`: the opposite rename
 * was begun, or an attempt to take this one back was interrupted.
 */
export type RenameStage = "new" | "under_way" | "back";

/** The stage of a rename, read from the marks in both names' meta hashes. */
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

/** Kinds of keys that a mere registration writes. */
const registrationKinds = new Set(["meta", "code_versions", "registry", "sessions"]);

/** Whether an asset has any key beyond its registration. */
async function hasState(store: StateStore, asset: string): Promise<boolean> {
  for await (const page of assetKeys(store, asset))
    if (page.some(({ kind }) => !registrationKinds.has(kind ?? ""))) return true;
  return false;
}

/**
 * Checks, before anything is written, whether a rename is possible.
 *
 * @param definition of the new name in the project; undefined if the project does not have it
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
    throw refuse(`"${from}" has no state, so there is nothing to move`);
  if (definition === undefined)
    throw refuse(`the project has no asset "${to}"; rename it in the project file first`);
  const fingerprint = fingerprintOf(definition);
  if (recorded !== null && !isSameFingerprint(recorded, fingerprint))
    throw refuse(
      `its partitions are recorded as "${recorded}", and "${to}" is defined as "${fingerprint}", which would change the meaning of its state; ` +
        `define "${to}" as "${from}" was defined`,
    );
  if (await hasState(store, to)) throw taken(from, to);
}

function taken(from: string, to: string): AssetRenameError {
  const problem = `"${to}" already has state; delete that first with \`infill asset reset ${to}\`, or choose another name`;
  return new AssetRenameError(from, to, problem);
}

/**
 * Moves an asset's state to another name: statuses, records, errors, metadata, attempts, ledgers of
 * ended backfills, and the audit stream. Locks both names, copies everything in steps, renames the
 * asset in the backfills, then deletes the keys of the old name. Safe to call again after an
 * interruption.
 *
 * @param bornMs reads the time of submission out of a backfill's id, epoch milliseconds
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
  // If the old name has no mark, only the last step is left.
  if ((await assetOperation(store, from)) === copy.leaving) {
    if (!(await move(store, copy, entry))) return finishedElsewhere(store, copy);
    crashPoint("after:rename_end");
  }
  await endChange(store, to, copy.coming, "kept", entry);
}

async function hasArrived(store: StateStore, { to, coming }: AssetCopy): Promise<boolean> {
  return (await assetOperation(store, to)) === coming;
}

/** @returns whether the operation stayed under way until the end */
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
    // After this write the rename cannot be taken back.
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
 * Locks both names. Copies nothing until the new name is known to be free. A second process that
 * runs the same command at the same time undoes nothing.
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
  // The new name's registration has ordinals of its own, which the copy replaces.
  for await (const page of assetKeys(store, to)) {
    const going = page.filter(({ kind }) => kind !== "meta");
    await deleteKeys(store, to, preparing, going);
  }
  const operation = await assetOperation(store, from);
  if (operation !== leaving) {
    await undo();
    throw new AssetRenameError(from, to, "somebody undid it meanwhile");
  }
  await turnChange(store, to, preparing, coming);
}

/**
 * Another process continues the same rename, or has taken it back. @throws AssetRenameError if it
 * was taken back
 */
async function finishedElsewhere(store: StateStore, { from, to }: AssetCopy): Promise<void> {
  const operation = await assetOperation(store, from);
  if (operation === undefined && !(await hasState(store, from))) return;
  throw new AssetRenameError(from, to, "somebody undid it meanwhile");
}

/**
 * Takes back a rename that was interrupted before any key of the old name was deleted. Safe to call
 * again after an interruption.
 *
 * @param from the old name, which the asset gets back
 * @throws AssetRenameError if the rename can only go forward
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
    const problem = `the state of "${from}" is already being deleted; continue with \`${command}\``;
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
