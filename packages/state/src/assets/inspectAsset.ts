import type { AnyAsset, Project } from "@infill/core";
import { answersOf } from "../redis/answersOf.ts";
import { z } from "zod";
import {
  axesOf,
  fingerprintOf,
  type InfillError,
  isSameFingerprint,
  listedKeysOf,
} from "@infill/partitions";
import { AssetOrdinals, type StaticOrdinals, staticOrdinals } from "../keys/assetOrdinals.ts";
import {
  DefinitionChangedError,
  type RegisteredAsset,
  RegisteredAssets,
} from "./registeredAssets.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import { newTileLayout } from "../keys/tiles.ts";
import { requireTileLayout } from "./requireTileLayout.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType, StateUnreadableError, unreadableAsset } from "../redis/unreadable.ts";

/** The reply of `readRegistrations` for one asset. */
const registrationSchema = z.tuple([
  z.array(z.string().nullable()),
  z.number(),
  z.string().nullable(),
  z.number(),
]);
/** Keys that one call reads. */
const keysPerCall = 1_000;

/**
 * Reads what Redis knows of an asset. Computes what registering it would add: the number of its
 * code version, and ordinals for static keys that have none. Writes nothing.
 *
 * @throws StateUnreadableError if an ordinal or the number of its code version is no integer
 * @returns the asset, or the error that says why its state does not fit this definition
 */
export async function inspectAsset(
  store: StateStore,
  asset: AnyAsset,
): Promise<RegisteredAsset | DefinitionChangedError | AssetChangingError> {
  const [answers] = await readRegistrations(store, [asset]);
  return judged(store, asset, answers ?? []);
}

/** A pipeline's answer to one command. */
type Answer = readonly [error: Error | null, answer: unknown];

/** Reads the registrations of some assets in one round trip. */
async function readRegistrations(
  { redis, keys }: StateStore,
  assets: readonly AnyAsset[],
): Promise<Answer[][]> {
  const pipeline = redis.pipeline();
  for (const { name, codeVersion } of assets)
    pipeline
      .hmget(keys.meta(name), "fingerprint", "epoch", "backfills", "operation", "tile")
      .exists(keys.audit(name))
      .hget(keys.codeVersions(name), codeVersion)
      .hlen(keys.codeVersions(name));
  const answers: Answer[] = (await pipeline.exec()) ?? [];
  return assets.map((_, at) => answers.slice(at * 4, at * 4 + 4));
}

async function judged(
  store: StateStore,
  asset: AnyAsset,
  answers: readonly Answer[],
): Promise<RegisteredAsset | DefinitionChangedError | AssetChangingError> {
  const { keys } = store;
  const { name, codeVersion } = asset;
  const fingerprint = fingerprintOf(asset.partitions);
  const [meta, hasAudit, known, versions] = registrationSchema.parse(answersOf(answers));
  const [recorded, epoch, ledgers, operation, layout] = meta;
  const number = codeVersion === "" ? null : known;
  if (typeof operation === "string") return new AssetChangingError(name, operation);
  if (number !== null && !/^\d{1,9}$/.test(number))
    throw new StateUnreadableError(`The number of a code version of asset "${name}"`);
  const isKnown = typeof recorded === "string";
  const isOther = isKnown && !isSameFingerprint(recorded, fingerprint);
  const isUnused = (ledgers ?? "0") === "0" && hasAudit === 0;
  if (isOther && !isUnused) return new DefinitionChangedError(name, recorded, fingerprint);
  const axes = await Promise.all(
    axesOf(asset.partitions).map(async (axis) => {
      const listed = listedKeysOf(axis.definition);
      return listed && readKeys(store, keys.registry(name, axis.name), listed);
    }),
  );
  return {
    asset,
    fingerprint,
    // A replaced definition's state must be neither read nor written.
    epoch: isOther ? "" : (epoch ?? ""),
    codeVersionNumber: codeVersion === "" ? 0 : number === null ? versions + 1 : Number(number),
    ordinals: new AssetOrdinals(
      asset.partitions,
      axes.map((axis) => axis?.ordinals),
      isKnown && !isOther
        ? requireTileLayout(asset, layout ?? "")
        : newTileLayout(asset.partitions),
    ),
    isProvisional:
      !isKnown ||
      isOther ||
      (codeVersion !== "" && number === null) ||
      axes.some((axis) => axis?.isComplete === false),
  };
}

/** Returns the error instead of throwing it: one unreadable asset must not block the others. */
async function lookAt(
  store: StateStore,
  asset: AnyAsset,
  answers: readonly Answer[],
): Promise<RegisteredAsset | InfillError> {
  try {
    return await judged(store, asset, answers);
  } catch (error) {
    if (isWrongType(error) || error instanceof StateUnreadableError)
      return unreadableAsset(asset.name, error);
    throw error;
  }
}

/**
 * Inspects assets and files each under fit or unfit. Keeps the entry of an asset that was
 * registered meanwhile.
 */
export async function inspectAssets(
  store: StateStore,
  assets: readonly AnyAsset[],
  into: RegisteredAssets,
): Promise<void> {
  for (let first = 0; first < assets.length; first += 64) {
    const page = assets.slice(first, first + 64);
    const before = page.map(({ name }) => into.get(name));
    const answers = await readRegistrations(store, page);
    const looks = await Promise.all(
      page.map((asset, index) => lookAt(store, asset, answers[index] ?? [])),
    );
    for (const [index, { name }] of page.entries()) {
      const look = looks[index];
      if (look === undefined || into.get(name) !== before[index]) continue;
      if (look instanceof Error) {
        into.delete(name);
        into.unfit.set(name, look);
      } else {
        into.unfit.delete(name);
        into.set(name, look);
      }
    }
  }
}

/** Inspects every asset of a project. Writes nothing. */
export async function inspectProject(
  store: StateStore,
  project: Project,
): Promise<RegisteredAssets> {
  const found = new RegisteredAssets();
  await inspectAssets(store, [...project.graph.assets.values()], found);
  return found;
}

/** The ordinals that static keys have, or would get by registering. */
async function readKeys(
  { redis }: StateStore,
  registry: string,
  keys: readonly string[],
): Promise<{ readonly ordinals: StaticOrdinals | undefined; readonly isComplete: boolean }> {
  const known = await redis.hlen(registry);
  const toOrdinal = new Int32Array(keys.length);
  let following = known;
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const page = keys.slice(first, first + keysPerCall);
    const ordinals = known === 0 ? [] : await redis.hmget(registry, ...page);
    for (const index of page.keys()) {
      const ordinal = ordinals[index];
      if (typeof ordinal === "string" && !/^\d{1,9}$/.test(ordinal))
        throw new StateUnreadableError(`The ordinals in the key "${registry}"`);
      toOrdinal[first + index] =
        ordinal === null || ordinal === undefined ? following++ : Number(ordinal);
    }
  }
  return { ordinals: staticOrdinals(toOrdinal, following), isComplete: following === known };
}
