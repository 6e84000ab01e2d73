import type { AnyAsset, Project } from "@infill/core";
import { axesOf, fingerprintOf, InfillError, isSameFingerprint } from "@infill/partitions";
import { z } from "zod";
import { AssetOrdinals, type StaticOrdinals } from "./assetOrdinals.ts";
import { defineScript } from "./script.ts";
import { randomId, type StateStore } from "./stateStore.ts";
import { isWrongType, StateUnreadableError } from "./unreadable.ts";

/** A definition whose ordinals would mean something else than the state that is there. */
export class DefinitionChangedError extends InfillError {
  readonly code = "INFILL_DEFINITION_CHANGED";
  readonly asset: string;
  readonly recorded: string;
  readonly defined: string;

  constructor(asset: string, recorded: string, defined: string) {
    super(
      `The partitions of asset "${asset}" are recorded as "${recorded}" and now defined as "${defined}", which would ` +
        "give its state another meaning: restore the definition, or give the asset another name.",
    );
    this.asset = asset;
    this.recorded = recorded;
    this.defined = defined;
  }
}

/** An asset whose state can be read and written. */
export interface RegisteredAsset {
  readonly asset: AnyAsset;
  readonly fingerprint: string;
  /** Random text made when the asset was first registered; another one means that Redis lost its state. */
  readonly epoch: string;
  /** 0 for none. */
  readonly codeVersionNumber: number;
  readonly ordinals: AssetOrdinals;
}

const registerReply = z.union([
  z.tuple([z.literal("registered"), z.string(), z.int()]),
  z.tuple([z.literal("conflict"), z.string()]),
]);
const registerAssetScript = defineScript("register_asset", registerReply);
const registerKeysScript = defineScript("register_keys", z.array(z.int()));

/** Keys registered by one call. */
const keysPerCall = 1_000;

/**
 * Makes an asset known to Redis and learns the ordinals of its static keys.
 *
 * @throws DefinitionChangedError
 */
export async function registerAsset(store: StateStore, asset: AnyAsset): Promise<RegisteredAsset> {
  const fingerprint = fingerprintOf(asset.partitions);
  const register = (text: string) =>
    registerAssetScript(
      store.redis,
      [store.keys.meta(asset.name), store.keys.codeVersions(asset.name)],
      [text, randomId("epoch"), asset.codeVersion],
    );
  let reply = await register(fingerprint);
  // What was recorded stays as it is, so that a process of the version that wrote it goes on.
  if (reply[0] === "conflict" && isSameFingerprint(reply[1], fingerprint))
    reply = await register(reply[1]);
  if (reply[0] === "conflict") throw new DefinitionChangedError(asset.name, reply[1], fingerprint);
  const [, epoch, codeVersionNumber] = reply;
  const axes: (StaticOrdinals | undefined)[] = [];
  for (const axis of axesOf(asset.partitions)) {
    const { definition } = axis;
    axes.push(
      definition.kind === "static"
        ? await registerKeys(store, store.keys.registry(asset.name, axis.name), definition.keys)
        : undefined,
    );
  }
  return {
    asset,
    fingerprint,
    epoch,
    codeVersionNumber,
    ordinals: new AssetOrdinals(asset.partitions, axes),
  };
}

/** Whether Redis still knows an asset as it was when it was registered. */
export async function isRegistered(
  store: StateStore,
  { asset, epoch }: RegisteredAsset,
): Promise<boolean> {
  return (await store.redis.hget(store.keys.meta(asset.name), "epoch")) === epoch;
}

/**
 * Registers every asset of a project, by name.
 *
 * @param leaveOut is told of assets that cannot be registered because a key has another type; left out: the first one is thrown
 * @throws DefinitionChangedError, StateUnreadableError
 */
export async function registerProject(
  store: StateStore,
  project: Project,
  leaveOut?: (asset: AnyAsset, error: StateUnreadableError) => void,
): Promise<Map<string, RegisteredAsset>> {
  const assets = [...project.graph.assets.values()];
  const registered = new Map<string, RegisteredAsset>();
  for (let first = 0; first < assets.length; first += 64) {
    const page = await Promise.all(
      assets.slice(first, first + 64).map((asset) =>
        registerAsset(store, asset).catch((cause: unknown) => {
          if (!isWrongType(cause)) throw cause;
          const error = new StateUnreadableError(`The state of asset "${asset.name}"`, { cause });
          if (leaveOut === undefined) throw error;
          leaveOut(asset, error);
          return undefined;
        }),
      ),
    );
    for (const entry of page) if (entry !== undefined) registered.set(entry.asset.name, entry);
  }
  return registered;
}

async function registerKeys(
  store: StateStore,
  registry: string,
  keys: readonly string[],
): Promise<StaticOrdinals | undefined> {
  const toOrdinal = new Int32Array(keys.length);
  let isIdentity = true;
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const ordinals = await registerKeysScript(
      store.redis,
      [registry],
      keys.slice(first, first + keysPerCall),
    );
    toOrdinal.set(ordinals, first);
    isIdentity &&= ordinals.every((ordinal, index) => ordinal === first + index);
  }
  if (isIdentity && (await store.redis.hlen(registry)) === keys.length) return undefined;
  return {
    toOrdinal,
    toPosition: new Map(Array.from(toOrdinal, (ordinal, position) => [ordinal, position])),
  };
}
