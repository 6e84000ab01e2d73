import {
  type AssetGraph,
  fingerprintPattern,
  InvalidOptionsError,
  parseOptions,
} from "@infill/core";
import {
  countIntegers,
  InfillError,
  type IntegerSet,
  intersectIntegers,
  isEmptySubset,
  noIntegers,
  type PartitionsSubset,
  subtractIntegers,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";
import {
  type BackfillRecord,
  cancelPartitions,
  type LaneOrdinals,
  readBackfill,
  readLedgerPlane,
  readSelected,
  refuseEarlierSkips,
  type RegisteredAsset,
  reopenPartitions,
  type StateStore,
} from "@infill/state";
import { z } from "zod";
import {
  countsByAsset,
  downstreamWithin,
  failuresOf,
  failuresOfGroup,
  planContext,
} from "@infill/planning";
import { continueBackfill } from "./continueBackfill.ts";
import type { RetryCounts, RetryOptions } from "../shared/controlOptions.ts";
import { type AssetSpan, spanOf } from "../shared/keySpan.ts";

/** A group of failures that the backfill does not have. */
export class UnknownFailureGroupError extends InfillError {
  readonly code = "INFILL_FAILURE_GROUP_UNKNOWN";
  readonly group: string;

  constructor(group: string, backfillId: string) {
    super(
      `No failed partition of ${backfillId} is in group "${group.slice(0, 40)}": \`infill backfill failures ${backfillId}\` shows those that there are.`,
    );
    this.group = group;
  }
}

const retrySchema = z
  .strictObject({
    only: z.enum(["failed", "skipped", "canceled"]).optional(),
    group: z
      .string()
      .regex(fingerprintPattern, 'expected the beginning of a fingerprint, such as "f7a1"')
      .optional(),
    dropped: z.boolean().default(false),
    actor: z.string().max(200).default(""),
    reason: z.string().max(2_000).default(""),
  })
  .check(({ value, issues }) => {
    if (value.group === undefined || value.only !== "canceled") return;
    const message = 'got "canceled" with a group; expected "failed", "skipped" or nothing';
    issues.push({ code: "custom", path: ["only"], input: value.only, message });
  });

/** Partitions by asset. */
type Lanes = Map<string, LaneOrdinals[]>;

/** What is asked for: one outcome or every one, and the failed partitions of a group or all. */
interface Choice {
  readonly only: RetryOptions["only"];
  readonly ofGroup: Lanes | undefined;
}

/** What a retry takes back. Skipped partitions are chosen again when the failed ones have been taken back. */
interface Reopening {
  readonly choice: Choice;
  readonly failed: Lanes;
  /** Those that are settled as canceled; what a canceled backfill has left unsettled only counts. */
  readonly canceled: Lanes;
  readonly counts: RetryCounts;
}

const nothing: Reopening = {
  choice: { only: undefined, ofGroup: undefined },
  failed: new Map(),
  canceled: new Map(),
  counts: { toRetry: 0, failed: 0, skipped: 0, canceled: 0, dropped: 0 },
};

export interface RetryEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
}

/** How many partitions a retry would run again. @throws InvalidOptionsError, UnknownFailureGroupError */
export async function previewRetry(
  environment: RetryEnvironment,
  id: string,
  options: RetryOptions,
): Promise<RetryCounts> {
  const record = await readBackfill(environment.store, id);
  const reopening = await planRetry(environment, record, options);
  return { ...reopening.counts, sets: await setsToRetry(environment, record, reopening) };
}

/** Which partitions a retry would run again. */
async function setsToRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  { choice, failed, canceled, counts }: Reopening,
): Promise<AssetSpan[]> {
  if (counts.toRetry === 0) return [];
  const { store, registered } = environment;
  const context = await planContext(store, registered, record.header);
  const skipped = await skippedToRetry(environment, record, choice);
  // What a canceled backfill has left unsettled is canceled too.
  const leftOpen =
    record.status === "canceled" && counts.canceled > 0
      ? await unsettledOf(store, record)
      : noLanes();
  return record.header.assets.flatMap((asset) => {
    const known = registered.get(asset);
    if (known === undefined) return [];
    const subset = [failed, skipped, canceled, leftOpen]
      .map((lanes) => known.ordinals.subsetOf(lanes.get(asset) ?? []))
      .reduce(unionSubsets);
    return isEmptySubset(subset) ? [] : [{ asset, ...spanOf(subset, context) }];
  });
}

async function unsettledOf(store: StateStore, record: BackfillRecord): Promise<Lanes> {
  const selected = noLanes();
  const settled = noLanes();
  for (const asset of record.header.assets) {
    const lanes = await readSelected(store, asset, record.id);
    selected.set(asset, [...lanes]);
    settled.set(asset, await readLedgerPlane(store, asset, record.id, "settled", lanes));
  }
  return subtractLanes(selected, settled);
}

/**
 * Takes back outcomes, ledger by ledger, then makes the backfill run; in this order, because a planner that looks in
 * between may end it. Safe to call again after an interruption.
 *
 * @returns how many partitions run again
 * @throws InvalidOptionsError, UnknownFailureGroupError
 */
export async function retryBackfill(
  environment: RetryEnvironment,
  id: string,
  options: RetryOptions,
): Promise<number> {
  const { store } = environment;
  const record = await readBackfill(store, id);
  const { choice, failed, canceled, counts } = await planRetry(environment, record, options);
  if (counts.toRetry === 0 && !(await isLeftOpen(store, record))) return 0;
  // What a canceled backfill has not settled would run with the rest: it is settled as canceled, unless it is wanted.
  if (record.status === "canceled" && counts.canceled === 0)
    await settleCanceled(environment, record);
  let reopened = counts.canceled - countOf(canceled);
  const reopen = async (outcome: "failed" | "skipped" | "canceled", planes: Lanes) => {
    for (const [asset, lanes] of planes)
      reopened += await reopenPartitions(store, asset, id, outcome, lanes);
  };
  await reopen("failed", failed);
  await reopen("canceled", canceled);
  // A planner may have skipped more meanwhile, by what had failed. From here on that is refused, so what is skipped stands still.
  for (const asset of record.header.assets) await refuseEarlierSkips(store, asset, id);
  await reopen("skipped", await skippedToRetry(environment, record, choice));
  const { only, group, actor, reason } = options;
  const entry = {
    what: "retried",
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    details: {
      reopened,
      ...(only === undefined ? {} : { only }),
      ...(group === undefined ? {} : { group }),
    },
  };
  await continueBackfill(store, id, entry, record.status === "canceled");
  return reopened;
}

/** Whether it has ended with partitions that have no outcome: somebody took outcomes back, and was interrupted. */
async function isLeftOpen(store: StateStore, record: BackfillRecord): Promise<boolean> {
  if (record.status !== "failed" && record.status !== "succeeded") return false;
  const counts = await countsByAsset(store, record);
  return counts.some(
    ({ counts: { waiting, queued, inProgress } }) => waiting + queued + inProgress > 0,
  );
}

async function planRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  options: RetryOptions,
): Promise<Reopening> {
  const { only, group: text, dropped: takesDropped } = parseOptions(retrySchema, options, "retry");
  const { store, registered } = environment;
  if (record.status === "canceling") return nothing;
  const group = text === undefined ? undefined : await requireGroup(environment, record, text);
  const ofGroup =
    group === undefined ? undefined : await failuresOfGroup(store, registered, record, group);
  const choice = { only, ofGroup };
  const takesFailed = only === undefined || only === "failed";
  const failed = takesFailed ? (ofGroup ?? (await planeOf(store, record, "failed"))) : noLanes();
  const skipped = await skippedToRetry(environment, record, choice);
  const takesCanceled = ofGroup === undefined && (only ?? "canceled") === "canceled";
  const all = takesCanceled ? await planeOf(store, record, "canceled") : noLanes();
  const dropped =
    takesCanceled && !takesDropped
      ? intersectLanes(all, await planeOf(store, record, "dropped"))
      : noLanes();
  const leftOut = countOf(dropped);
  const counts = {
    failed: countOf(failed),
    skipped: countOf(skipped),
    canceled: takesCanceled ? (await countCanceled(store, record)) - leftOut : 0,
  };
  const toRetry = counts.failed + counts.skipped + counts.canceled;
  const canceled = subtractLanes(all, dropped);
  return { choice, failed, canceled, counts: { toRetry, ...counts, dropped: leftOut } };
}

/** The skipped partitions that a choice takes back, as things stand. */
async function skippedToRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  { only, ofGroup }: Choice,
): Promise<Lanes> {
  if (only !== undefined && only !== "skipped") return noLanes();
  const skipped = await planeOf(environment.store, record, "skipped");
  return ofGroup === undefined ? skipped : skippedBecauseOf(environment, record, ofGroup, skipped);
}

/** One plane of all ledgers of a backfill. */
async function planeOf(
  store: StateStore,
  record: BackfillRecord,
  plane: "failed" | "skipped" | "canceled" | "dropped",
): Promise<Lanes> {
  const lanes = noLanes();
  for (const asset of record.header.assets) {
    const selected = await readSelected(store, asset, record.id);
    lanes.set(asset, await readLedgerPlane(store, asset, record.id, plane, selected));
  }
  return lanes;
}

function intersectLanes(lanes: Lanes, others: Lanes): Lanes {
  return combineLanes(lanes, others, intersectIntegers);
}

function subtractLanes(lanes: Lanes, others: Lanes): Lanes {
  return combineLanes(lanes, others, subtractIntegers);
}

function combineLanes(
  lanes: Lanes,
  others: Lanes,
  combine: (a: IntegerSet, b: IntegerSet) => IntegerSet,
): Lanes {
  return new Map(
    Array.from(lanes, ([asset, places]) => {
      const other = new Map(others.get(asset)?.map(({ lane, ordinals }) => [lane, ordinals]));
      return [
        asset,
        places.map(({ lane, ordinals }) => ({
          lane,
          ordinals: combine(ordinals, other.get(lane) ?? noIntegers),
        })),
      ];
    }),
  );
}

function noLanes(): Lanes {
  return new Map();
}

async function settleCanceled(
  { store, registered }: RetryEnvironment,
  record: BackfillRecord,
): Promise<void> {
  for (const asset of record.header.assets) {
    const known = registered.get(asset);
    if (known === undefined) continue;
    const selected = known.ordinals.subsetOf(await readSelected(store, asset, record.id));
    await cancelPartitions(store, known, record.id, selected, "cancel");
  }
}

async function countCanceled(store: StateStore, record: BackfillRecord): Promise<number> {
  const counts = await countsByAsset(store, record);
  return counts.reduce((sum, { counts: { canceled } }) => sum + canceled, 0);
}

function countOf(lanes: Lanes): number {
  let total = 0;
  for (const { ordinals } of [...lanes.values()].flat()) total += countIntegers(ordinals);
  return total;
}

/** The whole fingerprint that a text begins. */
async function requireGroup(
  { store, registered }: RetryEnvironment,
  record: BackfillRecord,
  text: string,
): Promise<string> {
  const found = new Set<string>();
  for await (const page of failuresOf(store, registered, record))
    for (const { fingerprint } of page) if (fingerprint.startsWith(text)) found.add(fingerprint);
  const [first, second] = found;
  if (first === undefined) throw new UnknownFailureGroupError(text, record.id);
  if (second === undefined) return first;
  throw new InvalidOptionsError(
    "retry",
    "group",
    `"${text}" begins ${found.size} groups, such as ${first} and ${second}; expected more of it`,
  );
}

/** Those of the skipped partitions that lie downstream of these failed ones, and of no other that is failed. */
async function skippedBecauseOf(
  { store, graph, registered }: RetryEnvironment,
  record: BackfillRecord,
  failed: Lanes,
  skippedLanes: Lanes,
): Promise<Lanes> {
  const subsetsOf = (lanes: Lanes) => {
    const subsets = new Map<string, PartitionsSubset>();
    for (const [asset, places] of lanes) {
      const known = registered.get(asset);
      if (known !== undefined) subsets.set(asset, known.ordinals.subsetOf(places));
    }
    return subsets;
  };
  const context = await planContext(store, registered, record.header);
  const skipped = subsetsOf(skippedLanes);
  const chosen = subsetsOf(failed);
  const others = new Map(
    Array.from(subsetsOf(await planeOf(store, record, "failed")), ([asset, all]) => {
      const mine = chosen.get(asset);
      return [asset, mine === undefined ? all : subtractSubsets(all, mine)] as const;
    }),
  );
  const stillDoomed = downstreamWithin(graph, others, skipped, context);
  const free = noLanes();
  for (const [asset, reached] of downstreamWithin(graph, chosen, skipped, context)) {
    const doomed = stillDoomed.get(asset);
    const left = doomed === undefined ? reached : subtractSubsets(reached, doomed);
    const known = registered.get(asset);
    if (known !== undefined && !isEmptySubset(left)) free.set(asset, known.ordinals.lanesOf(left));
  }
  return free;
}
