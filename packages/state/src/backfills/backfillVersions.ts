import { olderAssets } from "../processes/projectRegistry.ts";
import type { LogEntry } from "../log/backfillLog.ts";
import { readUnpacked } from "../packed/unpackBackfill.ts";
import type { StateStore } from "../store/stateStore.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";
import { versionsInFields } from "./backfillRecord.ts";
import { changeBackfill } from "./backfills.ts";

/**
 * The versions of its assets that a backfill's workers need, or newer ones (`BackfillRecord`);
 * empty if unknown.
 */
export async function readBackfillVersions(
  store: StateStore,
  id: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    return versionsInFields(await readUnpacked(store, id));
  } catch (error) {
    if (error instanceof UnreadableBackfillError) return new Map();
    throw error;
  }
}

/**
 * Raises the versions that a backfill's workers need to those of a project, where these are newer;
 * never lowers one. Register the project's versions first, so that others can tell their age, and
 * call it before the backfill gets more to run. Safe to call again.
 *
 * @param own versions of the project's assets, by name
 * @throws UnknownBackfillError, UnreadableBackfillError
 */
export async function raiseBackfillVersions(
  store: StateStore,
  id: string,
  own: ReadonlyMap<string, string>,
  by: Pick<LogEntry, "actor" | "reason">,
): Promise<void> {
  await changeBackfill(store, id, async ({ header, versions }) => {
    const assets = new Set(header.assets);
    const wanted = new Map([...own].filter(([asset]) => assets.has(asset)));
    const older = new Set(await olderAssets(store, versions, wanted));
    if (older.size === 0) return undefined;
    const newer = [...wanted].filter(([asset]) => older.has(asset));
    const log = { what: "versions_raised", ...by, details: { assets: older.size } };
    return { versions: new Map([...versions, ...newer]), log };
  });
}
