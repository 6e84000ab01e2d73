import { olderAssets, registeredVersions } from "../processes/projectRegistry.ts";
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
 * The assets whose version in a project is older than a backfill needs, or absent.
 *
 * Versions are registered before a backfill needs them. So one that is not registered has lost its
 * registration, and nobody can tell its age: it makes no process leave the backfill to others, which
 * may not exist.
 *
 * @param own versions of the project's assets, by name
 * @param needed the backfill's versions
 */
export async function olderThanNeeded(
  store: StateStore,
  own: ReadonlyMap<string, string>,
  needed: ReadonlyMap<string, string>,
): Promise<string[]> {
  const older = await olderAssets(store, own, needed);
  if (older.length === 0) return older;
  const known = await registeredVersions(store, needed);
  return older.filter((asset) => !own.has(asset) || known.has(asset));
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
    // One that is not registered constrains nobody, so it counts as older.
    const known = await registeredVersions(store, versions);
    const standing = new Map([...versions].filter(([asset]) => known.has(asset)));
    const older = new Set(await olderAssets(store, standing, wanted));
    if (older.size === 0) return undefined;
    const newer = [...wanted].filter(([asset]) => older.has(asset));
    const log = { what: "versions_raised", ...by, details: { assets: older.size } };
    return { versions: new Map([...versions, ...newer]), log };
  });
}
