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
 * Of these projects, those that are older than what is wanted: an asset of them has an older version, or they lack it. One that
 * is not known any more is taken for current: nothing tells.
 *
 * @param fingerprints of projects, in any order; each counts once
 * @param wanted versions by asset
 */
export async function olderProjects(
  store: StateStore,
  fingerprints: Iterable<string>,
  wanted: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const older = new Set<string>();
  for (const fingerprint of new Set(fingerprints)) {
    if (!(await isKnownProject(store, fingerprint))) continue;
    const own = await readManifest(store, fingerprint, [...wanted.keys()]);
    if ((await olderAssets(store, own, wanted)).length > 0) older.add(fingerprint);
  }
  return older;
}

/**
 * The newest versions of a project's assets: those of the project itself where nobody has registered them yet, since somebody
 * has just written them.
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
