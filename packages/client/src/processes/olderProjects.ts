import type { ProjectVersions } from "@infill/core";
import {
  isKnownProject,
  newestVersions,
  olderAssets,
  readManifest,
  registeredVersions,
  type StateStore,
} from "@infill/state";

/**
 * The projects of these in which an asset is missing or older than the wanted version. A project
 * that is no longer known counts as current.
 *
 * @param fingerprints of projects, in any order, with duplicates
 * @param wanted versions by asset
 * @param olderOf tells which assets of a project are older
 */
export async function olderProjects(
  store: StateStore,
  fingerprints: Iterable<string>,
  wanted: ReadonlyMap<string, string>,
  olderOf: typeof olderAssets = olderAssets,
): Promise<ReadonlySet<string>> {
  const older = new Set<string>();
  for (const fingerprint of new Set(fingerprints)) {
    if (!(await isKnownProject(store, fingerprint))) continue;
    const own = await readManifest(store, fingerprint, [...wanted.keys()]);
    if ((await olderOf(store, own, wanted)).length > 0) older.add(fingerprint);
  }
  return older;
}

/**
 * The newest versions of a project's assets. An unregistered version of the project itself counts
 * as the newest, because it has just been written.
 */
export async function newestOf(
  store: StateStore,
  { assets }: ProjectVersions,
): Promise<ReadonlyMap<string, string>> {
  const newest = await newestVersions(store, [...assets.keys()]);
  const known = await registeredVersions(store, assets);
  return new Map(
    Array.from(assets, ([asset, own]) => [
      asset,
      known.has(asset) ? (newest.get(asset) ?? own) : own,
    ]),
  );
}
