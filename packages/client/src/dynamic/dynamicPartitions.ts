import { InvalidOptionsError } from "@infill/core";
import {
  assertDimensionKey,
  axesOf,
  countSubset,
  dynamicNameOf,
  dynamicNamesOf,
  emptySubset,
  hasDimensions,
  InfillError,
  isEmptySubset,
  nearestName,
  normalizePartitionKey,
  type PartitionsContext,
  type PartitionsDefinition,
  type PartitionsSubset,
  subsetFromKeys,
  subsetOfDimensions,
  unionSubsets,
} from "@infill/partitions";
import {
  changeDynamicKeys,
  type DatedKey,
  type DynamicKeyHistory,
  type DynamicPlace,
  readDynamicKeyChanges,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";
import type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
  DynamicDefinition,
  DynamicPartition,
} from "./dynamicAnswers.ts";
import type { ResolvedDynamicChange } from "../schemas/dynamicSchemas.ts";
import type { ResolvedPageOptions } from "../schemas/pageSchemas.ts";
import { changeCursor, type Page } from "../shared/page.ts";
import { readStatuses, statusesWithin } from "@infill/planning";

/** The project has no dynamic definition of this name. */
export class UnknownDynamicPartitionsError extends InfillError {
  readonly code = "INFILL_DYNAMIC_UNKNOWN";
  readonly definitionName: string;

  constructor(name: string, known: readonly string[]) {
    const closest = nearestName(name, known);
    const hint =
      closest !== undefined
        ? `did you mean "${closest}"?`
        : known.length === 0
          ? "no asset of the project is partitioned by dynamicPartitions({ name })."
          : `expected one of ${known
              .slice(0, 8)
              .map((each) => `"${each}"`)
              .join(", ")}${known.length > 8 ? ` and ${known.length - 8} more` : ""}.`;
    super(`Unknown dynamic partitions "${name.slice(0, 80)}": ${hint}`);
    this.definitionName = name;
  }
}

/** What the functions here need. */
export interface DynamicEnvironment {
  readonly store: StateStore;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** What exists now. */
  context(): Promise<PartitionsContext>;
}

/** Keys that an answer lists. */
const shownKeys = 5;
const shownOfChange = 3;

/** The dynamic definitions of the project, by name. */
export async function listDynamicDefinitions({
  store,
  registered,
}: DynamicEnvironment): Promise<DynamicDefinition[]> {
  const assets = assetsByDefinition(registered);
  return Promise.all(
    [...assets.keys()].toSorted().map(async (name) => {
      const history = store.dynamicKeys.history(name);
      await history.read();
      const { present, removed } = history.counts;
      return {
        name,
        keys: present,
        removed,
        assets: (assets.get(name) ?? []).map(({ asset }) => asset.name),
      };
    }),
  );
}

/**
 * A page of the keys of a definition. The cursor is the place of the last listed key, so a listing
 * continues after it even if that key has been removed or added again since.
 */
export async function listDynamicPartitions(
  environment: DynamicEnvironment,
  name: string,
  options: ResolvedPageOptions & { readonly removed: boolean },
): Promise<Page<DynamicPartition>> {
  const { limit } = options;
  const { history } = await requireDefinition(environment, name);
  const keys = options.removed ? () => history.removed() : () => history.present();
  const isShown =
    options.cursor === undefined
      ? () => false
      : history.upTo(dynamicPlaceOf(options.cursor, keys()));
  const found: DatedKey[] = [];
  for (const each of keys()) {
    if (isShown(each)) continue;
    found.push(each);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const items = page.map(({ key, sinceMs }) => ({ key, since: new Date(sinceMs).toISOString() }));
  const last = page.at(-1);
  return found.length > limit && last !== undefined
    ? { items, nextCursor: `@${last.revision}.${last.ordinal}` }
    : { items };
}

/** Parses a cursor. Also accepts a key of the list, the cursor of earlier versions. */
function dynamicPlaceOf(cursor: string, keys: Iterable<DatedKey>): DynamicPlace {
  const [, revision, ordinal] = /^@(\d{1,15}-\d{1,15})\.(\d{1,13})$/.exec(cursor) ?? [];
  if (revision !== undefined) return { revision, ordinal: Number(ordinal) };
  for (const each of keys) if (each.key === cursor) return each;
  throw new InvalidOptionsError(
    "page",
    "cursor",
    "it is not a place in the list; use the nextCursor of a page",
  );
}

/**
 * Adds or removes keys. Changes nothing if one of them is invalid.
 *
 * @throws UnknownDynamicPartitionsError, PartitionKeyError
 */
export async function changeDynamicPartitions(
  environment: DynamicEnvironment,
  name: string,
  what: "added" | "removed",
  written: Iterable<string>,
  { dryRun, ...by }: ResolvedDynamicChange,
): Promise<ChangedDynamicPartitions> {
  const { store } = environment;
  const { history, assets } = await requireDefinition(environment, name);
  const isDimension = assets.some(({ asset }) => hasDimensions(asset.partitions));
  const keys = new Set<string>();
  for (const text of written) {
    const key = normalizePartitionKey(text);
    if (isDimension) assertDimensionKey(key);
    keys.add(key);
  }
  const present = new Set(Array.from(history.present(), ({ key }) => key));
  const wanted = [...keys];
  const toChange = wanted.filter((key) => present.has(key) === (what === "removed"));
  const unchangedKeys = wanted
    .filter((key) => present.has(key) !== (what === "removed"))
    .slice(0, shownKeys);
  // Count the state of keys while they are present: before a removal, after an addition.
  const looked = what === "removed" ? await stateOf(environment, name, assets, toChange) : [];
  const changed = dryRun ? toChange.length : await changeDynamicKeys(store, name, what, wanted, by);
  return {
    name,
    changed,
    unchanged: wanted.length - changed,
    unchangedKeys,
    assets:
      what === "added" && !dryRun ? await stateOf(environment, name, assets, toChange) : looked,
  };
}

/** Additions and removals, newest first. The cursor is the id of the last listed change. */
export async function listDynamicChanges(
  environment: DynamicEnvironment,
  name: string,
  { limit, cursor: from }: ResolvedPageOptions,
): Promise<Page<DynamicChangeEvent>> {
  const cursor = changeCursor(from);
  const { store } = environment;
  const { history } = await requireDefinition(environment, name);
  const changes = await readDynamicKeyChanges(store, name, cursor, limit + 1, shownOfChange);
  // A newer change may have keys that the history has not read yet.
  await history.read();
  const items = changes
    .slice(0, limit)
    .map(({ id, atMs, what, actor, reason, count, firstOrdinals }) => ({
      id,
      definition: name,
      at: new Date(atMs).toISOString(),
      what,
      keys: count,
      firstKeys: firstOrdinals.flatMap((ordinal) => history.keyOf(ordinal) ?? []),
      actor,
      reason,
    }));
  const last = items.at(-1);
  return changes.length > limit && last !== undefined ? { items, nextCursor: last.id } : { items };
}

async function requireDefinition(
  { store, registered }: DynamicEnvironment,
  name: string,
): Promise<{ readonly history: DynamicKeyHistory; readonly assets: readonly RegisteredAsset[] }> {
  const known = assetsByDefinition(registered);
  const assets = known.get(name);
  if (assets === undefined)
    throw new UnknownDynamicPartitionsError(name, [...known.keys()].toSorted());
  const history = store.dynamicKeys.history(name);
  await history.read();
  return { history, assets };
}

function assetsByDefinition(
  registered: ReadonlyMap<string, RegisteredAsset>,
): Map<string, RegisteredAsset[]> {
  const found = new Map<string, RegisteredAsset[]>();
  for (const asset of registered.values()) {
    for (const name of new Set(dynamicNamesOf(asset.asset.partitions))) {
      const assets = found.get(name);
      if (assets === undefined) found.set(name, [asset]);
      else assets.push(asset);
    }
  }
  return found;
}

/** Each asset's state of some present keys; assets without any are left out. */
async function stateOf(
  { store, context }: DynamicEnvironment,
  name: string,
  assets: readonly RegisteredAsset[],
  keys: readonly string[],
): Promise<ChangedDynamicPartitions["assets"]> {
  if (keys.length === 0) return [];
  const now = await context();
  const found = await Promise.all(
    assets.map(async (registered) => {
      const subset = partitionsOf(registered.asset.partitions, name, keys, now);
      if (isEmptySubset(subset)) return [];
      const statuses = statusesWithin(await readStatuses(store, registered, now), subset);
      const counts = {
        materialized: countSubset(statuses.materialized),
        failed: countSubset(statuses.failed),
        inProgress: countSubset(statuses.in_progress),
      };
      const isNothing = counts.materialized + counts.failed + counts.inProgress === 0;
      return isNothing ? [] : [{ asset: registered.asset.name, ...counts }];
    }),
  );
  return found.flat();
}

/**
 * The partitions with one of the keys in a dimension of the definition, or of these keys
 * themselves.
 */
function partitionsOf(
  definition: PartitionsDefinition,
  name: string,
  keys: readonly string[],
  context: PartitionsContext,
): PartitionsSubset {
  if (!hasDimensions(definition)) return subsetFromKeys(definition, keys, context);
  let found: PartitionsSubset = emptySubset(definition);
  for (const { name: dimension, definition: axis } of axesOf(definition)) {
    if (dynamicNameOf(axis) === name)
      found = unionSubsets(found, subsetOfDimensions(definition, { [dimension]: keys }, context));
  }
  return found;
}
