import { errorFingerprint, errorTemplate, turns } from "@infill/core";
import {
  integers,
  integersFromSorted,
  partitionExists,
  type PartitionsContext,
} from "@infill/partitions";
import {
  type BackfillRecord,
  formatAddress,
  type LaneOrdinals,
  type PartitionAddress,
  readLastSettlements,
  readLedgerPlane,
  readSelected,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";
import type { BackfillFailures, FailureGroup } from "./failureAnswers.ts";
import { type ErrorNote, errorText, parseErrorNote } from "./errorNotes.ts";
import { planContext } from "../context/planContext.ts";

/** Most groups; all further failures are counted together. */
export const keptGroups = 200;
/** Most failed partitions that are examined by default. */
export const mostExamined = 100_000;
/** Keys that a group lists. */
const shownKeys = 5;
/** Failed partitions whose errors one call reads. */
const perPage = 256;

/** A failed partition of a backfill, with its error as far as it is known. */
export interface Failure extends PartitionAddress {
  readonly asset: string;
  readonly fingerprint: string;
  readonly error: ErrorNote;
  readonly attempt: number;
  /** Epoch milliseconds; 0 if there is no record. */
  readonly settledMs: number;
}

/** Replaces a missing error: another backfill has settled the partition since, or nothing ran. */
const unrecorded = {
  name: "Error",
  message: "no error is recorded, because the partition has settled again since",
};

/** Replaces the error of a partition that never ran, because the definition no longer has it. */
const gone = {
  name: "PartitionGoneError",
  message: "PARTITION_GONE: the definition no longer has this partition, so it did not run",
};

/**
 * Replaces the error of a partition that exists now but not at the plan's moment, so that this
 * backfill never ran it.
 */
const unknownThen = {
  name: "PartitionGoneError",
  message:
    "PARTITION_GONE: the planner or worker did not know the partition then, so it did not run; if that process runs an older project, restart it and retry",
};

/** Returns the replacement for a missing error. */
export type ErrorStandIn = (
  asset: string,
  lane: string,
  ordinal: number,
  /** Of its newest record, epoch milliseconds; 0 if there is none. */
  settledMs: number,
) => Pick<Failure["error"], "name" | "message">;

/**
 * Chooses the replacement for a missing error: the present definition lacks the partition, nothing
 * has run it since the plan, or it has settled again.
 */
export async function errorStandIn(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  { header: { plannedMs } }: Pick<BackfillRecord, "header">,
): Promise<ErrorStandIn> {
  const now = await planContext(store, registered, { plannedMs });
  return (name, lane, ordinal, settledMs) => {
    const asset = registered.get(name);
    const coordinates = asset?.ordinals.coordinatesOf({ lane, ordinal });
    if (
      coordinates === undefined ||
      asset === undefined ||
      !partitionExists(asset.asset.partitions, coordinates, now)
    )
      return gone;
    return settledMs < plannedMs ? unknownThen : unrecorded;
  };
}

/**
 * The failed partitions of a backfill with their errors, a page at a time. Reads the ledgers'
 * failed planes, then the partitions' errors.
 */
export async function* failuresOf(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: Pick<BackfillRecord, "id" | "header">,
): AsyncIterable<Failure[]> {
  const standIn = await errorStandIn(store, registered, record);
  for (const asset of record.header.assets) {
    const selected = await readSelected(store, asset, record.id);
    for (const { lane, ordinals } of await readLedgerPlane(
      store,
      asset,
      record.id,
      "failed",
      selected,
    )) {
      let page: number[] = [];
      for (const ordinal of integers(ordinals)) {
        page.push(ordinal);
        if (page.length < perPage) continue;
        yield await readFailures(store, asset, lane, page, standIn);
        page = [];
      }
      if (page.length > 0) yield await readFailures(store, asset, lane, page, standIn);
    }
  }
}

async function readFailures(
  store: StateStore,
  asset: string,
  lane: string,
  ordinals: readonly number[],
  standIn: ErrorStandIn,
): Promise<Failure[]> {
  const notes = await readLastSettlements(store, asset, lane, ordinals);
  const failures: Failure[] = [];
  for (const { ordinal, record, error: note } of notes) {
    await turns.next();
    const error =
      note === undefined
        ? standIn(asset, lane, ordinal, record?.settledMs ?? 0)
        : parseErrorNote(note);
    failures.push({
      asset,
      lane,
      ordinal,
      fingerprint: fingerprintOf(error),
      error,
      attempt: record?.attempt ?? 0,
      settledMs: record?.settledMs ?? 0,
    });
  }
  return failures;
}

/** Computed once for each replacement, because each may stand for thousands of partitions. */
const standInFingerprints = new Map(
  [unrecorded, gone, unknownThen].map(({ name, message }) => [
    message,
    errorFingerprint(name, message),
  ]),
);

function fingerprintOf(error: {
  name: string;
  message: string;
  fingerprint?: string | undefined;
}): string {
  return (
    error.fingerprint ??
    standInFingerprints.get(error.message) ??
    errorFingerprint(error.name, error.message)
  );
}

/**
 * Groups the failed partitions of a backfill by their errors, largest group first.
 *
 * @param most failed partitions that are examined, in the order of assets and partitions
 */
export async function groupFailures(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  failed: number,
  most: number = mostExamined,
): Promise<BackfillFailures> {
  const groups = new Map<string, Group>();
  let examined = 0;
  let ungrouped = 0;
  const context = await planContext(store, registered, record.header);
  const keyOf = ({ asset, lane, ordinal }: Failure) =>
    keyAt(registered.get(asset), lane, ordinal, context);
  for await (const page of failuresOf(store, registered, record)) {
    for (const failure of page.slice(0, most - examined)) {
      examined++;
      let group = groups.get(failure.fingerprint);
      if (group === undefined) {
        if (groups.size === keptGroups) {
          ungrouped++;
          continue;
        }
        groups.set(failure.fingerprint, (group = newGroup(failure)));
      }
      addTo(group, failure);
    }
    if (examined >= most) break;
  }
  const items = [...groups.values()]
    .sort((a, b) => b.count - a.count || (a.last.fingerprint < b.last.fingerprint ? -1 : 1))
    .map((group) => describeGroup(group, examined, keyOf));
  return { id: record.id, failed, examined, groups: items, ungrouped };
}

interface Group {
  count: number;
  firstMs: number;
  last: Failure;
  readonly assets: Map<string, number>;
  readonly samples: Failure[];
}

function newGroup(failure: Failure): Group {
  return { count: 0, firstMs: failure.settledMs, last: failure, assets: new Map(), samples: [] };
}

function addTo(group: Group, failure: Failure): void {
  group.count++;
  if (failure.settledMs > 0 && (group.firstMs === 0 || failure.settledMs < group.firstMs))
    group.firstMs = failure.settledMs;
  if (failure.settledMs > group.last.settledMs) group.last = failure;
  group.assets.set(failure.asset, (group.assets.get(failure.asset) ?? 0) + 1);
  if (group.samples.length < shownKeys) group.samples.push(failure);
}

function describeGroup(
  { count, firstMs, last, assets, samples }: Group,
  examined: number,
  keyOf: (failure: Failure) => string,
): FailureGroup {
  const { name, message, stack, causes } = last.error;
  return {
    fingerprint: last.fingerprint,
    error: errorText(last.error, errorTemplate),
    count,
    share: count / examined,
    ...(firstMs === 0 ? {} : { firstAt: new Date(firstMs).toISOString() }),
    ...(last.settledMs === 0 ? {} : { lastAt: new Date(last.settledMs).toISOString() }),
    assets: Array.from(assets, ([asset, failed]) => ({ asset, count: failed })),
    samples: samples.map((failure) => ({ asset: failure.asset, key: keyOf(failure) })),
    example: {
      asset: last.asset,
      key: keyOf(last),
      attempt: last.attempt,
      name,
      message,
      ...(stack === undefined ? {} : { stack }),
      ...(causes === undefined ? {} : { causes }),
    },
  };
}

/** A partition's key; its lane and ordinal if the definition no longer has it. */
function keyAt(
  asset: RegisteredAsset | undefined,
  lane: string,
  ordinal: number,
  context: PartitionsContext,
): string {
  return asset?.ordinals.keyAt({ lane, ordinal }, context) ?? formatAddress(lane, ordinal);
}

/** The failed partitions of one group, by asset and lane. */
export async function failuresOfGroup(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  fingerprint: string,
): Promise<Map<string, LaneOrdinals[]>> {
  const found = new Map<string, Map<string, number[]>>();
  for await (const page of failuresOf(store, registered, record)) {
    for (const failure of page) {
      if (failure.fingerprint !== fingerprint) continue;
      const lanes = found.get(failure.asset) ?? new Map<string, number[]>();
      found.set(failure.asset, lanes);
      const ordinals = lanes.get(failure.lane);
      if (ordinals === undefined) lanes.set(failure.lane, [failure.ordinal]);
      else ordinals.push(failure.ordinal);
    }
  }
  return new Map(
    Array.from(found, ([asset, lanes]) => [
      asset,
      Array.from(lanes, ([lane, ordinals]) => ({ lane, ordinals: integersFromSorted(ordinals) })),
    ]),
  );
}
