import type { AnyAsset, Project } from "@infill/core";
import { axesOf, fingerprintOf, isSameFingerprint, listedKeysOf } from "@infill/partitions";
import { z } from "zod";
import { isAssetInUse } from "./assetKeys.ts";
import { AssetOrdinals, type StaticOrdinals, staticOrdinals } from "../keys/assetOrdinals.ts";
import {
  DefinitionChangedError,
  type RegisteredAsset,
  RegisteredAssets,
} from "./registeredAssets.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import { requireTileLayout } from "./requireTileLayout.ts";
import { formatTileLayout, newTileLayout } from "../keys/tiles.ts";
import { defineScript } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";
import { isWrongType, unreadableAsset } from "../redis/unreadable.ts";

const registerReply = z.union([
  z.tuple([z.literal("registered"), z.string(), z.int(), z.string()]),
  z.tuple([z.literal("conflict"), z.string(), z.string()]),
  z.tuple([z.literal("busy"), z.string()]),
]);
const registerAssetScript = defineScript("register_asset", registerReply);
const registerKeysScript = defineScript("register_keys", z.array(z.int()));

/** Keys that one call registers. */
const keysPerCall = 1_000;

/**
 * Registers an asset in Redis and reads the ordinals of its static keys. Only a caller that is
 * about to create state needs this; `inspectAsset` is enough to read. Replaces another definition
 * that nothing uses.
 *
 * @throws DefinitionChangedError, AssetChangingError, StateUnreadableError
 */
export async function registerAsset(store: StateStore, asset: AnyAsset): Promise<RegisteredAsset> {
  try {
    return await register(store, asset);
  } catch (error) {
    throw isWrongType(error) ? unreadableAsset(asset.name, error) : error;
  }
}

async function register(store: StateStore, asset: AnyAsset): Promise<RegisteredAsset> {
  const { keys, redis } = store;
  const fingerprint = fingerprintOf(asset.partitions);
  const layout = formatTileLayout(newTileLayout(asset.partitions));
  const call = (text: string, seen: string) =>
    registerAssetScript(
      redis,
      [keys.meta(asset.name), keys.codeVersions(asset.name), keys.audit(asset.name)],
      [text, randomId("epoch"), asset.codeVersion, seen, layout],
    );
  let reply = await call(fingerprint, "");
  // The registered fingerprint stays, so that processes of the version that wrote it keep running.
  if (reply[0] === "conflict" && isSameFingerprint(reply[1], fingerprint))
    reply = await call(reply[1], "");
  if (reply[0] === "conflict" && !(await isAssetInUse(store, asset.name)))
    reply = await call(fingerprint, reply[2]);
  if (reply[0] === "busy") throw new AssetChangingError(asset.name, reply[1]);
  if (reply[0] === "conflict") throw new DefinitionChangedError(asset.name, reply[1], fingerprint);
  const [, epoch, codeVersionNumber, registeredLayout] = reply;
  const tile = requireTileLayout(asset, registeredLayout);
  const axes: (StaticOrdinals | undefined)[] = [];
  for (const axis of axesOf(asset.partitions)) {
    const listed = listedKeysOf(axis.definition);
    axes.push(listed && (await registerKeys(store, keys.registry(asset.name, axis.name), listed)));
  }
  return {
    asset,
    fingerprint,
    epoch,
    codeVersionNumber,
    ordinals: new AssetOrdinals(asset.partitions, axes, tile),
  };
}

/** Whether Redis still has an asset under the epoch with which it was registered. */
export async function isRegistered(
  store: StateStore,
  { asset, epoch }: RegisteredAsset,
): Promise<boolean> {
  return (await store.redis.hget(store.keys.meta(asset.name), "epoch")) === epoch;
}

/**
 * Registers every asset of a project, by name.
 *
 * @throws DefinitionChangedError, AssetChangingError, StateUnreadableError
 */
export async function registerProject(
  store: StateStore,
  project: Project,
): Promise<RegisteredAssets> {
  const assets = [...project.graph.assets.values()];
  const registered = new RegisteredAssets();
  for (let first = 0; first < assets.length; first += 64) {
    const page = await Promise.all(
      assets.slice(first, first + 64).map((asset) => registerAsset(store, asset)),
    );
    for (const entry of page) registered.set(entry.asset.name, entry);
  }
  return registered;
}

async function registerKeys(
  store: StateStore,
  registry: string,
  keys: readonly string[],
): Promise<StaticOrdinals | undefined> {
  const toOrdinal = new Int32Array(keys.length);
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const ordinals = await registerKeysScript(
      store.redis,
      [registry],
      keys.slice(first, first + keysPerCall),
    );
    toOrdinal.set(ordinals, first);
  }
  return staticOrdinals(toOrdinal, await store.redis.hlen(registry));
}
