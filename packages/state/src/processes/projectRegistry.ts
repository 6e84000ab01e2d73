import type { ProjectVersions } from "@infill/core";
import { z } from "zod";
import { readPlanners } from "./plannerRegistry.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType } from "../redis/unreadable.ts";
import { readWorkers } from "./workerRegistry.ts";

const registerScript = defineScript("register_project", z.tuple([z.literal("registered")]));
const preferScript = defineScript("prefer_versions", z.tuple([z.literal("preferred"), z.int()]));

/** Assets that one call names. */
const perCall = 500;
/** Projects whose versions are kept. */
const keptProjects = 200;

/**
 * Registers a project's versions, so that other processes can tell which of two is older.
 *
 * If a process starts with known versions and no live process has the newest ones, the project was
 * rolled back: the process's versions become the newest again. Versions that only a client has
 * planned with stay ahead, because their processes have not started yet.
 *
 * @param role `run` for a worker or planner, `plan` for a client that submits
 */
export async function registerVersions(
  store: StateStore,
  versions: ProjectVersions,
  role: "run" | "plan",
): Promise<void> {
  try {
    await register(store, versions, role);
  } catch (error) {
    // The versions only tell which project is older, so the process continues until the doctor has
    // set the key aside.
    if (!isWrongType(error)) throw error;
  }
}

async function register(
  store: StateStore,
  versions: ProjectVersions,
  role: "run" | "plan",
): Promise<void> {
  const { keys, redis } = store;
  const entries = [...versions.assets];
  const keyList = [
    keys.projectVersions,
    keys.projectManifest(versions.fingerprint),
    keys.projectIndex,
  ];
  for (let first = 0; first === 0 || first < entries.length; first += perCall) {
    const page = entries.slice(first, first + perCall);
    await registerScript(redis, keyList, [versions.fingerprint, role, ...page.flat()]);
  }
  await forgetOldProjects(store);
  if (role === "run") await preferAfterRollback(store, versions);
}

async function forgetOldProjects({ keys, redis }: StateStore): Promise<void> {
  const old = await redis.zrange(keys.projectIndex, 0, String(-keptProjects - 1));
  for (const fingerprint of old)
    await redis
      .multi()
      .del(keys.projectManifest(fingerprint))
      .zrem(keys.projectIndex, fingerprint)
      .exec();
}

async function preferAfterRollback(store: StateStore, { assets }: ProjectVersions): Promise<void> {
  const names = [...assets.keys()];
  const newest = await readFields(store, store.keys.projectVersions, names);
  const behind = names.filter((name) => newest.get(name) !== assets.get(name));
  if (behind.length === 0) return;
  const running = new Set<string>();
  for (const fingerprint of await liveProjects(store)) {
    const manifest = await readManifest(store, fingerprint, behind);
    for (const [asset, version] of manifest) running.add(`${asset} ${version}`);
  }
  const left = behind.filter((name) => !running.has(`${name} ${newest.get(name)}`));
  for (let first = 0; first < left.length; first += perCall) {
    const page = left.slice(first, first + perCall);
    await preferScript(
      store.redis,
      [store.keys.projectVersions],
      page.flatMap((name) => [name, assets.get(name) ?? "", newest.get(name) ?? ""]),
    );
  }
}

/** The fingerprints of the projects that live workers and planners run, without duplicates. */
async function liveProjects(store: StateStore): Promise<Set<string>> {
  const processes = [...(await readWorkers(store)), ...(await readPlanners(store))];
  return new Set(
    processes.flatMap(({ isAlive, project }) =>
      isAlive && typeof project === "string" ? [project] : [],
    ),
  );
}

/** The newest version of each asset; absent if none is known, or if its registration is lost. */
export async function newestVersions(
  store: StateStore,
  assets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const newest = await readFields(store, store.keys.projectVersions, assets);
  const known = await registeredVersions(store, newest);
  return new Map([...newest].filter(([asset]) => known.has(asset)));
}

/** A registered project's versions of some assets; absent if it lacks one or is no longer known. */
export async function readManifest(
  store: StateStore,
  fingerprint: string,
  assets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return readFields(store, store.keys.projectManifest(fingerprint), assets);
}

/** Whether a project's versions are still on record. */
export async function isKnownProject(store: StateStore, fingerprint: string): Promise<boolean> {
  return (await store.redis.exists(store.keys.projectManifest(fingerprint))) === 1;
}

/** Of these versions by asset, the assets whose version some process or client has registered. */
export async function registeredVersions(
  store: StateStore,
  versions: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const fields = Array.from(versions, ([asset, version]) => `${asset} ${version}`);
  const known = await readFields(store, store.keys.projectVersions, fields);
  return new Set(Array.from(known.keys(), (field) => field.slice(0, field.lastIndexOf(" "))));
}

/**
 * The assets whose version in the first set is older than in the second, or absent.
 *
 * A version that was never registered counts as the newest, because it has just been written.
 */
export async function olderAssets(
  store: StateStore,
  own: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Promise<string[]> {
  const differing = [...wanted].filter(([asset, version]) => own.get(asset) !== version);
  if (differing.length === 0) return [];
  const names = differing.flatMap(([asset, version]) => [
    `${asset} ${own.get(asset) ?? ""}`,
    `${asset} ${version}`,
  ]);
  const sequences = await readFields(store, store.keys.projectVersions, names);
  const sequenceOf = (asset: string, version: string | undefined) =>
    version === undefined ? -1 : Number(sequences.get(`${asset} ${version}`) ?? Infinity);
  return differing.flatMap(([asset, version]) =>
    sequenceOf(asset, own.get(asset)) < sequenceOf(asset, version) ? [asset] : [],
  );
}

async function readFields(
  { redis }: StateStore,
  key: string,
  fields: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let first = 0; first < fields.length; first += perCall) {
    const page = fields.slice(first, first + perCall);
    const values = await redis.hmget(key, ...page).catch((error: unknown) => {
      if (isWrongType(error)) return [];
      throw error;
    });
    for (const [index, field] of page.entries()) {
      const value = values[index];
      if (value !== null && value !== undefined) found.set(field, value);
    }
  }
  return found;
}
