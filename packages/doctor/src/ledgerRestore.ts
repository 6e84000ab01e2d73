import { type AssetGraph, isFinalStatus, submittedMs } from "@infill/core";
import { type IntegerSet, integersFromSorted, noIntegers, unionIntegers } from "@infill/partitions";
import {
  type BackfillRecord,
  type Census,
  chunkOrdinals,
  countSelected,
  type Discrepancy,
  type LaneOrdinals,
  listSetAside,
  mendLedger,
  type RegisteredAsset,
  readGivenUpAssets,
  readLedgerPlane,
  readSelected,
  recordedBy,
  removeLedger,
  type StateStore,
} from "@infill/state";
import { PartitionStates, planBackfill, planContext } from "@infill/planning";
import { controlOf } from "./statusLook.ts";

/** What restoring a ledger needs. */
export interface RestoreEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly census: Census;
}

/**
 * How long an unfinished submission is left alone, in milliseconds, because it may be under way.
 */
export const submissionMs = 3_600_000;

/**
 * Checks that a backfill's ledgers exist and are complete. A submission writes them before the
 * header, so they must be.
 */
export async function lookAtLedgersOf(
  environment: RestoreEnvironment,
  record: BackfillRecord,
): Promise<Discrepancy[]> {
  const { store } = environment;
  const found: Discrepancy[] = [];
  const givenUp = await readGivenUpAssets(store);
  for (const asset of record.header.assets) {
    const { fields, count, numbered } = await ledgerFacts(store, asset, record.id);
    const about = { asset, backfillId: record.id, count: 1, concernsPlanner: true };
    const repair = () => restoreLedger(environment, record, asset);
    // It ended before the asset's state was deleted or moved.
    const isGivenUp = isFinalStatus(record.status) && (givenUp.get(asset) ?? 0) > record.createdMs;
    if (isGivenUp) continue;
    if (Object.keys(fields).length === 0)
      found.push({
        ...about,
        check: "ledger_missing",
        problem: "A backfill has no ledger for one of its assets.",
        remedy: "The doctor makes the ledger again from its rows, bit-planes and records.",
        repair,
      });
    else if (!isNumber(fields["number"]) || fields["control"] === undefined || !numbered)
      found.push({
        ...about,
        check: "ledger_incomplete",
        problem: "A ledger lacks its number or its control, or the asset lacks the number.",
        remedy: "The doctor restores them.",
        repair,
      });
    if (String(count) !== fields["selected"] && (count === 0 || fields["selected"] !== undefined))
      found.push({
        ...about,
        check: "selected_lost",
        count: Math.abs(Number(fields["selected"] ?? 0) - count),
        problem: `A ledger selects ${fields["selected"] ?? "unknown"} partitions, and its rows name ${count}.`,
        remedy:
          "The doctor selects the partitions in its bit-planes, and those that its request would run now.",
        repair,
      });
    else if (fields["selected"] === undefined && Object.keys(fields).length > 0)
      found.push({
        ...about,
        check: "counter_differs",
        detail: "selected",
        problem: `The counter selected says nothing, and the rows name ${count} partitions.`,
        remedy: "The doctor sets it to the number of partitions in the rows.",
        repair,
      });
  }
  return found;
}

/** Finds ledgers of submissions that never finished. */
export async function lookForOrphanedLedgers(
  { store, census }: RestoreEnvironment,
  records: ReadonlyMap<string, BackfillRecord>,
  nowMs: number,
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  const setAside = await listSetAside(store);
  for (const [asset, { ledgers }] of census.assets) {
    for (const [backfillId, places] of ledgers) {
      const isYoung = nowMs - submittedMs(backfillId) < submissionMs;
      // The ledgers of a set-aside backfill are removed together with it.
      if (records.has(backfillId) || setAside.has(backfillId) || isYoung) continue;
      if ((await store.redis.exists(store.keys.backfill(backfillId))) === 1) continue;
      found.push({
        check: "ledger_orphaned",
        asset,
        backfillId,
        count: 1,
        problem:
          "A ledger has had no backfill header for more than an hour: its submission did not finish.",
        remedy: "The doctor removes the ledger; no client got an answer that the backfill exists.",
        repair: async () => {
          if ((await store.redis.exists(store.keys.backfill(backfillId))) === 1) return;
          await removeLedger(store, asset, backfillId, places.values());
        },
      });
    }
  }
  return found;
}

async function ledgerFacts(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<{
  readonly fields: Readonly<Record<string, string>>;
  readonly count: number;
  /**
   * Whether the asset has the ledger's number on record and will not give it to a later backfill.
   */
  readonly numbered: boolean;
}> {
  const { redis, keys } = store;
  const fields = await redis.hgetall(keys.ledger(asset, backfillId));
  const number = fields["number"] ?? "";
  // Numbers ascend. The last number is read after the ledger, so it is never smaller.
  const owner = await redis.hget(keys.assetBackfills(asset), number);
  const last = Number((await redis.hget(keys.meta(asset), "backfills")) ?? 0);
  const count = countSelected(await readSelected(store, asset, backfillId));
  return { fields, count, numbered: owner !== null && last >= Number(number) };
}

async function restoreLedger(
  environment: RestoreEnvironment,
  record: BackfillRecord,
  asset: string,
): Promise<void> {
  const { store } = environment;
  const { id } = record;
  const { fields, count, numbered } = await ledgerFacts(store, asset, id);
  const said = fields["selected"];
  const isWhole = count > 0 && (said === undefined || said === String(count));
  if (isWhole && said !== undefined && fields["control"] !== undefined && numbered) return;
  const right = {
    number: isNumber(fields["number"]) ? fields["number"] : await numberOf(store, asset, id),
    control: controlOf(record) ?? "running",
    overlap: record.header.request.overlap,
  };
  if (isWhole) return mendLedger(store, asset, id, { ...right, count });
  const selected = await recoverSelected(environment, record, asset, Number(right.number));
  return mendLedger(store, asset, id, { ...right, count: countSelected(selected), selected });
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,9}$/.test(text);
}

/** The number that an asset gave a backfill, "" for none. */
async function numberOf(store: StateStore, asset: string, backfillId: string): Promise<string> {
  const numbers = await store.redis.hgetall(store.keys.assetBackfills(asset));
  return Object.entries(numbers).find(([, id]) => id === backfillId)?.[0] ?? "";
}

/**
 * A backfill's selection of an asset, as far as it can be computed without its rows: the partitions
 * in its planes and records, and those that its request would run now, planned for the same moment.
 * Another backfill must run the others.
 */
async function recoverSelected(
  { store, graph, registered, census }: RestoreEnvironment,
  record: BackfillRecord,
  asset: string,
  number: number,
): Promise<LaneOrdinals[]> {
  const lanes = new Map<string, IntegerSet>();
  const add = (all: readonly LaneOrdinals[]) => {
    for (const { lane, ordinals } of all)
      lanes.set(lane, unionIntegers(lanes.get(lane) ?? noIntegers, ordinals));
  };
  add(await readSelected(store, asset, record.id));
  const known = registered.get(asset);
  const context = await planContext(store, registered, record.header);
  const states = new PartitionStates(store, graph, registered, context);
  const planned = await planBackfill(states, graph, record.header.request)
    .then((plans) => plans.find((plan) => plan.registered.asset.name === asset))
    // The project may lack the request's assets; then only the planes are left.
    .catch(() => undefined);
  const whole =
    planned === undefined || known === undefined ? [] : known.ordinals.lanesOf(planned.selected);
  if (planned !== undefined && known !== undefined) add(known.ordinals.lanesOf(planned.toRun));
  const there = census.assets.get(asset);
  if (there !== undefined) add(await recordedBy(store, asset, there, number));
  const chunks = there?.ledgers.get(record.id)?.values() ?? [];
  const places = Array.from(chunks, ({ lane, chunk }) => ({
    lane,
    ordinals: integersFromSorted([chunk * chunkOrdinals]),
  }));
  for (const plane of ["settled", "queued"] as const)
    add(await readLedgerPlane(store, asset, record.id, plane, [...places, ...whole]));
  return Array.from(lanes, ([lane, ordinals]) => ({ lane, ordinals }));
}
