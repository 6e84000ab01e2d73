import {
  countsByAsset,
  errorStandIn,
  errorText,
  type FailedPartition,
  groupFailures,
  type LedgerCounts,
  parseErrorNote,
  planContext,
  slotsOf,
  sumOfCounts,
  windowSize,
} from "@infill/planning";
import { integers, lastIntegers } from "@infill/partitions";
import {
  type BackfillRecord,
  readLedgerPlane,
  readNotes,
  readRecords,
  readSelected,
  readWorkers,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";
import { attentionOf } from "./attention.ts";
import type { BackfillDetail, BackfillSummary } from "./backfillAnswers.ts";

/** A backfill as a list shows it. */
export async function summarizeBackfill(
  store: StateStore,
  record: BackfillRecord,
): Promise<BackfillSummary> {
  const byAsset = await countsByAsset(store, record);
  return summaryOf(record, byAsset);
}

/**
 * Everything about a backfill. The rate is the average since its start; a watcher measures a better
 * one.
 */
export async function describeBackfill(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  nowMs: number,
): Promise<BackfillDetail> {
  const byAsset = await countsByAsset(store, record);
  const summary = summaryOf(record, byAsset);
  const workers = (await readWorkers(store)).filter((worker) => worker.isAlive);
  const { assets, request } = record.header;
  const pools = new Set(assets.flatMap((name) => registered.get(name)?.asset.pool ?? []));
  // The present window: `changeBackfill` may have changed the request's.
  const { window: limit } = record.settings;
  const share = limit === undefined ? undefined : Math.max(1, Math.floor(limit / pools.size));
  const slots = Array.from(pools, (pool) => slotsOf(workers, pool));
  const { counts } = summary;
  const settled = counts.succeeded + counts.failed + counts.skipped;
  const elapsedMs = Math.max(1, (record.finishedMs ?? nowMs) - record.createdMs);
  const perSecond = (settled * 1_000) / elapsedMs;
  const left = counts.waiting + counts.queued + counts.inProgress;
  const busyPools = new Set(
    byAsset.flatMap(({ asset, counts: { waiting, queued, inProgress } }) =>
      waiting + queued + inProgress > 0 ? (registered.get(asset)?.asset.pool ?? []) : [],
    ),
  );
  const serving = workers.filter((worker) =>
    [...busyPools].some((pool) => (worker.pools[pool] ?? 0) > 0),
  );
  const idlePools = [...busyPools].filter((pool) => slotsOf(workers, pool) === 0);
  return {
    ...summary,
    request,
    settings: record.settings,
    ...pauseOf(record),
    window: slots.reduce((sum, count) => sum + windowSize(count, share).window, 0),
    byAsset,
    failures: counts.failed === 0 ? [] : await readFailures(store, registered, record),
    ...(await topGroups(store, registered, record, counts.failed)),
    perSecond,
    ...(left > 0 && perSecond > 0 ? { remainingMs: (left / perSecond) * 1_000 } : {}),
    slots: slots.reduce((sum, count) => sum + count, 0),
    workers: workers.filter((worker) => [...pools].some((pool) => worker.pools[pool] !== undefined))
      .length,
    attention: await attentionOf(store, record, idlePools, serving),
  };
}

function pauseOf({ pause }: BackfillRecord): Pick<BackfillDetail, "pause"> {
  if (pause === undefined) return {};
  const { mode, reason, untilMs } = pause;
  const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
  return { pause: { mode, reason, ...until } };
}

function summaryOf(
  record: BackfillRecord,
  byAsset: readonly { readonly asset: string; readonly counts: LedgerCounts }[],
): BackfillSummary {
  const { request, assets } = record.header;
  return {
    id: record.id,
    status: record.status,
    createdAt: new Date(record.createdMs).toISOString(),
    ...(record.finishedMs === undefined
      ? {}
      : { finishedAt: new Date(record.finishedMs).toISOString() }),
    assets,
    label: request.label,
    actor: request.actor,
    reason: request.reason,
    counts: sumOfCounts(byAsset),
  };
}

/** Most failures of a backfill whose groups are computed for its description. */
const groupedFailures = 500;

async function topGroups(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  failed: number,
): Promise<Pick<BackfillDetail, "failureGroups">> {
  if (failed === 0 || failed > groupedFailures) return {};
  const { groups } = await groupFailures(store, registered, record, failed, groupedFailures);
  const top = groups.slice(0, 3).map(({ fingerprint, error, count, samples }) => ({
    fingerprint,
    error,
    count,
    samples,
  }));
  return { failureGroups: top };
}

/** Most failures that are listed. */
const shownFailures = 10;

async function readFailures(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
): Promise<FailedPartition[]> {
  const found: (FailedPartition & { readonly settledMs: number })[] = [];
  const context = await planContext(store, registered, record.header);
  const standIn = await errorStandIn(store, registered, record);
  for (const name of record.header.assets) {
    const asset = registered.get(name);
    if (asset === undefined) continue;
    const selected = await readSelected(store, name, record.id);
    const lanes = await readLedgerPlane(store, name, record.id, "failed", selected);
    const addresses = lanes.flatMap(({ lane, ordinals }) =>
      Array.from(integers(lastIntegers(ordinals, shownFailures)), (ordinal) => ({ lane, ordinal })),
    );
    const shown = addresses.slice(-shownFailures * 10);
    const notes = await readNotes(store, name, "errors", shown);
    const records = await readRecords(store, name, shown);
    for (const [index, address] of shown.entries()) {
      const key = asset.ordinals.keyAt(address, context);
      const note = notes[index];
      if (key === undefined) continue;
      const { lane, ordinal } = address;
      const error =
        note === undefined
          ? standIn(name, lane, ordinal, records[index]?.settledMs ?? 0)
          : parseErrorNote(note);
      found.push({
        asset: name,
        key,
        error: errorText(error),
        attempt: records[index]?.attempt ?? 0,
        settledMs: records[index]?.settledMs ?? 0,
      });
    }
  }
  return found
    .sort((a, b) => b.settledMs - a.settledMs)
    .slice(0, shownFailures)
    .map(({ asset, key, error, attempt }) => ({ asset, key, error, attempt }));
}
