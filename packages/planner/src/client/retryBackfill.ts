import {
  type AssetGraph,
  fingerprintPattern,
  InvalidOptionsError,
  parseOptions,
} from "@infill/core";
import {
  countIntegers,
  InfillError,
  isEmptySubset,
  type PartitionsSubset,
  subtractSubsets,
} from "@infill/partitions";
import {
  appendBackfillLog,
  type BackfillRecord,
  cancelPartitions,
  controlLedgers,
  type LaneOrdinals,
  readBackfill,
  readLedgerPlane,
  readSelected,
  type RegisteredAsset,
  reopenPartitions,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { z } from "zod";
import { downstreamWithin } from "../downstreamWithin.ts";
import { failuresOf, failuresOfGroup } from "../failureGroups.ts";
import { countsByAsset } from "./backfillDetails.ts";
import type { RetryCounts, RetryOptions } from "./client.ts";

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

/** What a retry takes back. */
interface Reopening {
  readonly failed: Lanes;
  readonly skipped: Lanes;
  /** Those that are settled as canceled; what a canceled backfill has left unsettled only counts. */
  readonly canceled: Lanes;
  readonly counts: RetryCounts;
}

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
  return (await planRetry(environment, await readBackfill(environment.store, id), options)).counts;
}

/**
 * Takes back outcomes, ledger by ledger, then makes the backfill run. Whoever is interrupted in between says the same again.
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
  const { failed, skipped, canceled, counts } = await planRetry(environment, record, options);
  if (counts.toRetry === 0) return 0;
  // What a canceled backfill has not settled would run with the rest: it is settled as canceled, unless it is wanted.
  if (record.status === "canceled" && counts.canceled === 0)
    await settleCanceled(environment, record);
  let reopened = counts.canceled - countOf(canceled);
  for (const [outcome, planes] of [
    ["failed", failed],
    ["skipped", skipped],
    ["canceled", canceled],
  ] as const) {
    for (const [asset, lanes] of planes)
      reopened += await reopenPartitions(store, asset, id, outcome, lanes);
  }
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
  // One that is paused stays so: what was reopened runs when it is resumed.
  const { changed } = await setBackfillStatus(store, id, {
    to: "running",
    from: ["failed", "canceled", "running", "succeeded"],
    ...entry,
  });
  if (!changed) await appendBackfillLog(store, id, entry);
  await controlLedgers(store, await readBackfill(store, id));
  return reopened;
}

async function planRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  options: RetryOptions,
): Promise<Reopening> {
  const { only, group: text } = parseOptions(retrySchema, options, "retry");
  const { store } = environment;
  const group = text === undefined ? undefined : await requireGroup(store, record, text);
  const isCanceling = record.status === "canceling";
  const planes = { failed: noLanes(), skipped: noLanes(), canceled: noLanes() };
  for (const asset of isCanceling ? [] : record.header.assets) {
    const selected = await readSelected(store, asset, record.id);
    for (const plane of ["failed", "skipped", "canceled"] as const)
      planes[plane].set(asset, await readLedgerPlane(store, asset, record.id, plane, selected));
  }
  const chosen =
    group === undefined ? planes : await choicesOfGroup(environment, record, planes, group);
  const failed: Lanes = only === undefined || only === "failed" ? chosen.failed : noLanes();
  const skipped: Lanes = only === undefined || only === "skipped" ? chosen.skipped : noLanes();
  const wantsCanceled = !isCanceling && group === undefined && (only ?? "canceled") === "canceled";
  const counts = {
    failed: countOf(failed),
    skipped: countOf(skipped),
    canceled: wantsCanceled ? await countCanceled(store, record) : 0,
  };
  return {
    failed,
    skipped,
    canceled: wantsCanceled ? planes.canceled : noLanes(),
    counts: { toRetry: counts.failed + counts.skipped + counts.canceled, ...counts },
  };
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
    await cancelPartitions(store, known, record.id, selected);
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
  store: StateStore,
  record: BackfillRecord,
  text: string,
): Promise<string> {
  const found = new Set<string>();
  for await (const page of failuresOf(store, record))
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

/** The failed partitions of a group, and those that were skipped because of them and of no other failure. */
async function choicesOfGroup(
  { store, graph, registered }: RetryEnvironment,
  record: BackfillRecord,
  planes: { readonly failed: Lanes; readonly skipped: Lanes },
  group: string,
): Promise<{ readonly failed: Lanes; readonly skipped: Lanes }> {
  const failed = await failuresOfGroup(store, record, group);
  const subsetsOf = (lanes: Lanes) => {
    const subsets = new Map<string, PartitionsSubset>();
    for (const [asset, places] of lanes) {
      const known = registered.get(asset);
      if (known !== undefined) subsets.set(asset, known.ordinals.subsetOf(places));
    }
    return subsets;
  };
  const context = { nowMs: record.header.plannedMs };
  const skipped = subsetsOf(planes.skipped);
  const chosen = subsetsOf(failed);
  const others = new Map(
    Array.from(subsetsOf(planes.failed), ([asset, all]) => {
      const mine = chosen.get(asset);
      return [asset, mine === undefined ? all : subtractSubsets(all, mine)] as const;
    }),
  );
  const stillDoomed = downstreamWithin(graph, others, skipped, context);
  const free = new Map<string, LaneOrdinals[]>();
  for (const [asset, reached] of downstreamWithin(graph, chosen, skipped, context)) {
    const doomed = stillDoomed.get(asset);
    const left = doomed === undefined ? reached : subtractSubsets(reached, doomed);
    const known = registered.get(asset);
    if (known !== undefined && !isEmptySubset(left)) free.set(asset, known.ordinals.lanesOf(left));
  }
  return { failed, skipped: free };
}
