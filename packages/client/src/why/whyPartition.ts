import {
  listedKeysOf,
  type PartitionsContext,
  partitionTextOf,
  requirePartition,
  subsetFromKeys,
  subtractSubsets,
  UnknownPartitionKeyError,
  upstreamOf,
} from "@infill/partitions";
import { activeBackfills, findBackfill, type StateStore } from "@infill/state";
import { countStatuses } from "../assets/assetDetails.ts";
import { type LedgerPlace, placeIn, shellWord, statusesWithin } from "@infill/planning";
import type { LastSettlement, PartitionDetail } from "../partitions/partitionAnswers.ts";
import { describePartition } from "../partitions/partitionDetails.ts";
import { whyAbsent } from "./whyAbsent.ts";
import type { PartitionWhy, WhyPartition, WhyReason, WhyUpstream } from "./whyAnswers.ts";
import {
  type AskedPartition,
  shownPartitions,
  someOf,
  type WhyEnvironment,
} from "./whyEnvironment.ts";
import { whyHeldBack } from "./whyHeldBack.ts";
import { whySkipped } from "./whySkipped.ts";
import { whyStale } from "./whyStale.ts";

/**
 * Most active backfills that are read; and as many of the newest ones if none of these selects the
 * partition.
 */
const lookedAt = 100;

/** Why a partition has its status, and what would change it. Writes nothing. */
export async function whyPartition(
  environment: WhyEnvironment,
  asset: string,
  key: string,
): Promise<PartitionWhy> {
  const { store, graph, states } = environment;
  const { context } = states;
  const registered = states.asset(asset);
  const { partitions } = registered.asset;
  let coordinates;
  try {
    coordinates = requirePartition(partitions, key, context);
  } catch (error) {
    if (!(error instanceof UnknownPartitionKeyError)) throw error;
    const absence = await whyAbsent(store, registered, key, context, error);
    const reasons = [{ kind: "absent", ...absence } as const];
    return { asset, key, status: "absent", reasons, upstream: [] };
  }
  const detail = await describePartition(store, graph, states, asset, key);
  const asked: AskedPartition = {
    registered,
    key,
    address: registered.ordinals.addressOf(coordinates),
    subset: subsetFromKeys(partitions, [key], context),
  };
  const upstream = await upstreamStates(environment, asked);
  const reasons = await reasonsOf(environment, asked, detail, upstream);
  const { status, stale, claim, error } = detail;
  if (stale === true) reasons.push(...(await whyStale(environment, asked)));
  return {
    ...{ asset, key, status, reasons, upstream },
    ...(stale === undefined ? {} : { stale }),
    ...(claim === undefined ? {} : { claim }),
    ...(error === undefined || status !== "failed" ? {} : { error }),
  };
}

async function reasonsOf(
  environment: WhyEnvironment,
  asked: AskedPartition,
  detail: PartitionDetail,
  upstream: readonly WhyUpstream[],
): Promise<WhyReason[]> {
  const reasons: WhyReason[] = [];
  const { claim } = detail;
  if (claim !== undefined) {
    const since = claim.startedAt === undefined ? "not started yet" : `since ${claim.startedAt}`;
    reasons.push({
      kind: "running",
      text: `It runs now: attempt ${claim.attempt}, ${since}, on ${claim.workerId}, for ${claim.backfillId}.`,
      backfillId: claim.backfillId,
    });
  }
  const active = await placesOf(environment, asked, await newestActive(environment.store));
  for (const place of active) {
    if (place.outcome === undefined && place.record.id !== claim?.backfillId)
      reasons.push(...(await whyHeldBack(environment, asked, place)));
  }
  const isOpen = reasons.length > 0;
  // The newest backfill that settled it gives the reason.
  const settled = active.filter(({ outcome }) => outcome !== undefined);
  const places = settled.length > 0 ? settled : isOpen ? [] : await endedPlaces(environment, asked);
  const [newest] = places;
  const past =
    newest === undefined ? undefined : await whySettled(environment, asked, newest, detail);
  if (detail.status === "materialized" && claim === undefined) reasons.push(materialized(detail));
  else if (past !== undefined) reasons.push(past);
  else if (detail.status === "failed" && claim === undefined) reasons.push(failed(detail));
  if (!isOpen && detail.status !== "materialized" && past === undefined)
    reasons.push(notSelected(asked, environment.states.context, upstream));
  return reasons;
}

function materialized({ lastSettlement }: PartitionDetail): WhyReason {
  const how =
    lastSettlement === undefined
      ? ""
      : lastSettlement.byHand === true
        ? ` It was marked by hand at ${lastSettlement.at}.`
        : ` It succeeded at ${lastSettlement.at} in ${backfillOf(lastSettlement)}.`;
  return { kind: "materialized", text: `It is materialized.${how}` };
}

function backfillOf({ backfillId, backfillDeleted }: LastSettlement): string {
  const id = backfillId === "" ? "a backfill" : backfillId;
  return backfillDeleted === true ? `${id} (deleted since)` : id;
}

function failed({ error, lastSettlement }: PartitionDetail): WhyReason {
  const cause = error?.causes?.at(-1);
  const why = cause === undefined ? "" : ` ← ${cause.name}: ${firstLine(cause.message)}`;
  const what = error === undefined ? "" : `: ${error.name}: ${firstLine(error.message)}${why}`;
  const where = lastSettlement === undefined ? "" : ` in ${backfillOf(lastSettlement)}`;
  return { kind: "failed", text: `It failed${where}${what}` };
}

/** The reason for a failure without an execution: the planner or worker had no such partition. */
function neverRan(id: string): WhyReason {
  const why = "the planner or worker did not know the partition then (PARTITION_GONE)";
  return { kind: "failed", text: `It failed in ${id} and did not run: ${why}.` };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 200);
}

/** The partition's outcome in the newest backfill that selected it. */
async function whySettled(
  environment: WhyEnvironment,
  asked: AskedPartition,
  place: LedgerPlace,
  detail: PartitionDetail,
): Promise<WhyReason | undefined> {
  const { id, status } = place.record;
  const command = `infill backfill retry ${id}`;
  switch (place.outcome) {
    case "failed":
      return {
        ...(detail.lastSettlement === undefined ? neverRan(id) : failed(detail)),
        backfillId: id,
        command,
      };
    case "skipped":
      return { ...(await whySkipped(environment, asked, place.record)), backfillId: id, command };
    case "canceled":
      return {
        kind: "canceled",
        text:
          status === "canceled"
            ? `${id} was canceled before it ran.`
            : `It was removed from ${id} (backfill set --drop).`,
        backfillId: id,
        command: status === "canceled" ? command : `${command} --dropped`,
      };
    case "succeeded":
    case undefined:
      return undefined;
  }
}

function notSelected(
  { registered, subset }: AskedPartition,
  context: PartitionsContext,
  upstream: readonly WhyUpstream[],
): WhyReason {
  const { name, partitions } = registered.asset;
  const isWaiting = upstream.some(({ counts }) => counts.materialized < counts.total);
  const which = listedKeysOf(partitions)?.length === 1 ? "" : partitionTextOf(subset, context);
  const text = which === "" || which === ":all" ? "" : ` --partitions ${shellWord(which)}`;
  return {
    kind: "not_selected",
    text:
      "No active backfill will run it." +
      (isWaiting
        ? " Some partitions that it reads are not materialized, so + runs them first."
        : ""),
    command: `infill backfill create ${isWaiting ? shellWord(`+${name}`) : name}${text}`,
  };
}

async function newestActive(store: StateStore): Promise<string[]> {
  return (await activeBackfills(store)).sort().reverse().slice(0, lookedAt);
}

async function endedPlaces(
  environment: WhyEnvironment,
  asked: AskedPartition,
): Promise<LedgerPlace[]> {
  const { redis, keys } = environment.store;
  const newest = await redis.zrevrange(keys.backfillIndex, 0, lookedAt - 1);
  return placesOf(environment, asked, newest);
}

/** A partition's place in each of some backfills that select it, in their order. */
async function placesOf(
  { store }: WhyEnvironment,
  asked: AskedPartition,
  ids: readonly string[],
): Promise<LedgerPlace[]> {
  const places: LedgerPlace[] = [];
  for (const id of ids) {
    const record = await findBackfill(store, id);
    const { name } = asked.registered.asset;
    if (record?.header.assets.includes(name) !== true) continue;
    const place = await placeIn(store, name, record, asked.address);
    if (place !== undefined) places.push(place);
  }
  return places;
}

/** The partitions that the partition reads, by asset, with their statuses. */
async function upstreamStates(
  { graph, states }: WhyEnvironment,
  { registered, subset }: AskedPartition,
): Promise<WhyUpstream[]> {
  const { context } = states;
  const found: WhyUpstream[] = [];
  for (const edge of graph.upstreamEdges(registered.asset.name)) {
    const needed = upstreamOf(edge, subset, context).subset;
    const statuses = statusesWithin(await states.statuses(edge.upstreamAsset), needed);
    const partitions: WhyPartition[] = [];
    for (const status of ["failed", "missing", "in_progress", "materialized"] as const)
      partitions.push(
        ...someOf(
          status === "in_progress"
            ? statuses.in_progress
            : subtractSubsets(statuses[status], statuses.in_progress),
          edge.upstreamAsset,
          context,
          status,
          shownPartitions - partitions.length,
        ),
      );
    found.push({ asset: edge.upstreamAsset, counts: countStatuses(statuses), partitions });
  }
  return found;
}
