import {
  type AssetGraph,
  type BackfillSettings,
  changeSettings,
  isFinalStatus,
} from "@infill/core";
import {
  countSubset,
  downstreamOf,
  emptySubset,
  InfillError,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  parsePartitionTextFor,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";
import {
  addPartitions,
  appendBackfillLog,
  type BackfillRecord,
  cancelPartitions,
  changeBackfill,
  type LogFacts,
  factsSchema,
  type RegisteredAsset,
  readAssetPlane,
  readBackfill,
  readLedgerPlane,
  readSelected,
  setBackfillCap,
  type StateStore,
} from "@infill/state";
import { PartitionStates, planBackfill, planContext } from "@infill/planning";
import type { ResolvedBackfillChanges } from "../schemas/backfillSchemas.ts";
import type { ChangeEffects } from "./changeEffects.ts";
import type { ControlOptions } from "../schemas/controlSchemas.ts";
import { continueBackfill } from "./continueBackfill.ts";
import { type AssetSpan, spanOf } from "../shared/keySpan.ts";

/** The backfill has ended, so the change is not possible. */
export class BackfillEndedError extends InfillError {
  readonly code = "INFILL_BACKFILL_ENDED";
  readonly backfillId: string;
  readonly status: string;

  constructor(backfillId: string, status: string) {
    super(
      `Backfill "${backfillId}" is ${status} and cannot be changed; expected a running or paused one. Submit a new backfill, or retry this one.`,
    );
    this.backfillId = backfillId;
    this.status = status;
  }
}

/** What a change needs. */
export interface ChangeEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
}

/**
 * Changes a running or paused backfill; with `dryRun`, computes the effects of the change.
 *
 * @throws UnknownBackfillError, BackfillEndedError; for `add` the errors of
 *   planning
 */
export async function changeRunningBackfill(
  environment: ChangeEnvironment,
  id: string,
  { add, drop, ...changes }: ResolvedBackfillChanges,
  by: ControlOptions & { readonly dryRun?: boolean | undefined },
): Promise<ChangeEffects> {
  const { store } = environment;
  const record = await readBackfill(store, id);
  if (isFinalStatus(record.status) || record.status === "canceling")
    throw new BackfillEndedError(id, record.status);
  const dropped = drop === undefined ? [] : await partitionsToDrop(environment, record, drop);
  const added = add === undefined ? [] : await partitionsToAdd(environment, record, add);
  if (by.dryRun === true) {
    const settings = changeSettings(record.settings, changes);
    const context = await planContext(store, environment.registered, record.header);
    const sets = { added: spansOf(added, context), dropped: spansOf(dropped, context) };
    return { settings, added: countAll(added), dropped: countAll(dropped), sets };
  }
  const settings = await changeSettingsOf(store, id, changes, by);
  let droppedCount = 0;
  // Downstream first, so that no partition waits for a dropped one.
  for (const [asset, partitions] of dropped.toReversed())
    droppedCount += (await cancelPartitions(store, asset, id, partitions, "hand")).canceled;
  let addedCount = 0;
  for (const [asset, partitions] of added)
    addedCount += await addPartitions(store, asset, id, partitions);
  if (add !== undefined || drop !== undefined) {
    const entry = {
      what: "selection_changed",
      actor: by.actor,
      reason: by.reason,
      details: {
        ...(drop === undefined ? {} : { drop, dropped: droppedCount }),
        ...(add === undefined ? {} : { add, added: addedCount }),
      },
    };
    if (addedCount > 0) await continueBackfill(store, id, entry, false);
    else await appendBackfillLog(store, id, entry);
  }
  return { settings, added: addedCount, dropped: droppedCount };
}

async function changeSettingsOf(
  store: StateStore,
  id: string,
  changes: Parameters<typeof changeSettings>[1],
  by: ControlOptions,
): Promise<BackfillSettings> {
  let after: BackfillSettings | undefined;
  const { before } = await changeBackfill(store, id, ({ settings }) => {
    after = changeSettings(settings, changes);
    const facts = differences(settings, after);
    if (facts === undefined) return undefined;
    return { settings: after, log: { what: "settings_changed", ...by, ...facts } };
  });
  // Set it even if it is unchanged, because an earlier call may have been interrupted.
  if (changes.concurrency !== undefined)
    await setBackfillCap(store, id, changes.concurrency ?? undefined);
  return after ?? before.settings;
}

/** The settings that differ, before and after; undefined if none does. */
function differences(
  before: BackfillSettings,
  after: BackfillSettings,
): { readonly before: LogFacts; readonly after: LogFacts } | undefined {
  const was: LogFacts = {};
  const is: LogFacts = {};
  // In the form of the log.
  const [old, fresh] = [before, after].map(
    (settings) => new Map(Object.entries(factsSchema.parse(JSON.parse(JSON.stringify(settings))))),
  );
  for (const name of new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])) {
    const [a, b] = [old?.get(name) ?? null, fresh?.get(name) ?? null];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    was[name] = a;
    is[name] = b;
  }
  return Object.keys(is).length === 0 ? undefined : { before: was, after: is };
}

type AssetPartitions = readonly [RegisteredAsset, PartitionsSubset];

function countAll(parts: readonly AssetPartitions[]): number {
  return parts.reduce((sum, [, partitions]) => sum + countSubset(partitions), 0);
}

function spansOf(parts: readonly AssetPartitions[], context: PartitionsContext): AssetSpan[] {
  return parts.map(([{ asset }, partitions]) => ({
    asset: asset.name,
    ...spanOf(partitions, context),
  }));
}

/** The partitions that a text drops, and all that depend on them, by asset in topological order. */
async function partitionsToDrop(
  { store, graph, registered }: ChangeEnvironment,
  { id, header }: BackfillRecord,
  text: string,
): Promise<AssetPartitions[]> {
  const context = await planContext(store, registered, header);
  const definitions = header.assets.flatMap((name) => registered.get(name)?.asset.partitions ?? []);
  const expression = parsePartitionTextFor(text, definitions, context);
  const states = new PartitionStates(store, graph, registered, context);
  const dropped = new Map<string, AssetPartitions>();
  for (const name of graph.assets.keys()) {
    const asset = registered.get(name);
    if (asset === undefined || !header.assets.includes(name)) continue;
    const open = await openPartitions(store, asset, id);
    const edges = graph
      .upstreamEdges(name)
      .filter((edge) => header.assets.includes(edge.upstreamAsset));
    const feeds = edges.filter((edge) => edge.upstreamAsset !== name);
    let taken = emptySubset(asset.asset.partitions);
    if (feeds.length === 0) {
      taken = intersectSubsets(await states.select(name, expression), open);
    }
    for (const edge of feeds) {
      const upstream = dropped.get(edge.upstreamAsset)?.[1];
      if (upstream === undefined || isEmptySubset(upstream)) continue;
      taken = unionSubsets(taken, intersectSubsets(downstreamOf(edge, upstream, context), open));
    }
    // With self-dependencies, follow the chain step by step.
    for (const edge of edges.filter(({ upstreamAsset }) => upstreamAsset === name)) {
      let fresh = taken;
      while (!isEmptySubset(fresh)) {
        const reached = intersectSubsets(downstreamOf(edge, fresh, context), open);
        fresh = subtractSubsets(reached, taken);
        taken = unionSubsets(taken, fresh);
      }
    }
    dropped.set(name, [asset, taken]);
  }
  return Array.from(dropped.values()).filter(([, partitions]) => !isEmptySubset(partitions));
}

/** A backfill's partitions of an asset that have neither an outcome nor a running claim. */
async function openPartitions(
  store: StateStore,
  { asset: { name }, ordinals }: RegisteredAsset,
  id: string,
): Promise<PartitionsSubset> {
  const selected = await readSelected(store, name, id);
  const settled = await readLedgerPlane(store, name, id, "settled", selected);
  const queued = await readLedgerPlane(store, name, id, "queued", selected);
  const running = await readAssetPlane(store, name, "in_progress", queued);
  const executing = intersectSubsets(ordinals.subsetOf(queued), ordinals.subsetOf(running));
  return subtractSubsets(
    subtractSubsets(ordinals.subsetOf(selected), ordinals.subsetOf(settled)),
    executing,
  );
}

/** The partitions that a text adds to a backfill, by asset in topological order. */
async function partitionsToAdd(
  { store, graph, registered }: ChangeEnvironment,
  { header }: BackfillRecord,
  text: string,
): Promise<AssetPartitions[]> {
  const request = { ...header.request, partitions: text };
  const states = new PartitionStates(
    store,
    graph,
    registered,
    await planContext(store, registered, header),
  );
  const plans = await planBackfill(states, graph, request);
  return plans
    .filter(
      ({ registered: { asset }, toRun }) =>
        header.assets.includes(asset.name) && !isEmptySubset(toRun),
    )
    .map((plan) => [plan.registered, plan.toRun] as const);
}
