import { type AssetGraph, Slots, turns } from "@infill/core";
import {
  allPartitions,
  dynamicNamesOf,
  InfillError,
  type IntegerSet,
  isEmptyIntegers,
  noIntegers,
  type PartitionsContext,
  subtractIntegers,
} from "@infill/partitions";
import {
  AssetUnregisteredError,
  type LaneOrdinals,
  newestVersions,
  type RegisteredAsset,
  readLedgerCounters,
  readLedgerPlane,
  readSelected,
  settleUnstarted,
  type StateStore,
} from "@infill/state";
import { AssetProgress } from "./assetProgress.ts";
import { LaneProgress } from "./laneProgress.ts";

/**
 * This process's definition of an asset lacks partitions of the backfill, and a newer definition
 * exists.
 */
export class OutdatedProjectError extends InfillError {
  readonly code = "INFILL_PROJECT_OUTDATED";
  readonly asset: string;

  constructor(asset: string) {
    super(
      `This process runs an older definition of asset "${asset}" than the backfill needs. Restart it to use the newer project.`,
    );
    this.asset = asset;
  }
}

/** Assets that one load reads at once, so that thousands need fewer round trips in sequence. */
const assetsAtOnce = 8;
/** The same for all backfills of the process: their answers may arrive in one turn. */
const loading = new Slots(8);
/** Lanes that are compared between two checks of the time. */
const lanesPerPiece = 64;

/**
 * Reads a backfill's progress from its ledgers, and fails partitions that the definitions no longer
 * have.
 *
 * @param context the instant of the plan, with the present dynamic keys
 * @param versions of the planner's assets; default: they are the newest
 * @returns its assets in topological order, by name
 * @throws OutdatedProjectError if the planner's definition lacks partitions of the backfill and a
 *   newer one exists
 */
export async function loadBackfill(
  store: StateStore,
  graph: AssetGraph,
  registered: ReadonlyMap<string, RegisteredAsset>,
  backfillId: string,
  assets: readonly string[],
  context: PartitionsContext,
  versions?: ReadonlyMap<string, string>,
): Promise<Map<string, AssetProgress>> {
  const selected = new Set(assets);
  const names = [...graph.assets.keys()].filter((name) => selected.has(name));
  const known = names.flatMap((name) => registered.get(name) ?? []);
  const loaded = new Map<string, AssetProgress>();
  const load = async (asset: RegisteredAsset) => {
    await loading.take();
    try {
      await turns.next();
      const { name } = asset.asset;
      const counters = await readLedgerCounters(store, name, backfillId);
      const lanes = await loadLanes(store, asset, backfillId, {
        context,
        version: versions?.get(name),
        isUntouched: counters?.isUntouched ?? false,
      });
      return new AssetProgress(asset, lanes, counters?.reopened);
    } finally {
      loading.giveBack();
    }
  };
  for (let first = 0; first < known.length; first += assetsAtOnce)
    for (const each of await Promise.all(known.slice(first, first + assetsAtOnce).map(load)))
      loaded.set(each.name, each);
  return loaded;
}

async function loadLanes(
  store: StateStore,
  asset: RegisteredAsset,
  backfillId: string,
  how: {
    readonly context: PartitionsContext;
    readonly version: string | undefined;
    /** Whether the ledger said, before this call, that nothing of it was reserved or settled. */
    readonly isUntouched: boolean;
  },
): Promise<LaneProgress[]> {
  const name = asset.asset.name;
  const selected = await readSelected(store, name, backfillId);
  if (selected.length === 0) throw new AssetUnregisteredError(name);
  const areAnyGone = await failGone(store, asset, backfillId, selected, how.context, how.version);
  // The planes of a new ledger are empty. What changed since then, the settlement stream tells.
  const touched = how.isUntouched && !areAnyGone ? [] : selected;
  const [settled, failed, skipped, canceled, queued] = await Promise.all(
    (["settled", "failed", "skipped", "canceled", "queued"] as const).map(async (plane) =>
      byCoordinates(asset, await readLedgerPlane(store, name, backfillId, plane, touched)),
    ),
  );
  const lanes: LaneProgress[] = [];
  for (const each of selected)
    for (const [coordinates, ordinals] of asset.ordinals.coordinatesByLane([each])) {
      await turns.next();
      const lane = coordinates.join(" ");
      lanes.push(
        new LaneProgress(asset.ordinals.placeOf(coordinates), coordinates, {
          selected: ordinals,
          settled: settled?.get(lane) ?? noIntegers,
          failed: failed?.get(lane) ?? noIntegers,
          skipped: skipped?.get(lane) ?? noIntegers,
          canceled: canceled?.get(lane) ?? noIntegers,
          queued: queued?.get(lane) ?? noIntegers,
        }),
      );
    }
  return lanes;
}

/** The coordinates of partitions on the bit axis, by the coordinates of their lane. */
async function byCoordinates(
  { ordinals }: RegisteredAsset,
  lanes: readonly LaneOrdinals[],
): Promise<Map<string, IntegerSet>> {
  const found = new Map<string, IntegerSet>();
  for (const each of lanes) {
    await turns.next();
    for (const [lane, coordinates] of ordinals.coordinatesByLane([each]))
      found.set(lane.join(" "), coordinates);
  }
  return found;
}

/**
 * Fails partitions that the definition no longer has, so that the backfill can end.
 *
 * @returns whether there were any
 */
async function failGone(
  store: StateStore,
  asset: RegisteredAsset,
  backfillId: string,
  selected: readonly LaneOrdinals[],
  context: PartitionsContext,
  version: string | undefined,
): Promise<boolean> {
  await turns.next();
  let areAny = false;
  const existing = byLane(asset.ordinals.lanesOf(allPartitions(asset.asset.partitions, context)));
  for (const [at, { lane, ordinals }] of selected.entries()) {
    if (at % lanesPerPiece === 0) await turns.next();
    const gone = subtractIntegers(ordinals, existing.get(lane) ?? noIntegers);
    if (isEmptyIntegers(gone)) continue;
    areAny = true;
    await requireNewest(store, asset, version);
    const why = { outcome: "failed", reason: "PARTITION_GONE" } as const;
    await settleUnstarted(store, asset.asset.name, backfillId, { lane, ordinals: gone }, why);
  }
  return areAny;
}

/**
 * Only a process with the newest definition may fail partitions: an older one lacks those that were
 * added since.
 */
async function requireNewest(
  store: StateStore,
  { asset }: RegisteredAsset,
  version: string | undefined,
): Promise<void> {
  // Redis has the dynamic keys, which are the same for every project.
  if (version === undefined || dynamicNamesOf(asset.partitions).length > 0) return;
  const newest = (await newestVersions(store, [asset.name])).get(asset.name);
  if (newest !== undefined && newest !== version) throw new OutdatedProjectError(asset.name);
}

function byLane(lanes: readonly LaneOrdinals[]): Map<string, IntegerSet> {
  return new Map(lanes.map(({ lane, ordinals }) => [lane, ordinals]));
}
