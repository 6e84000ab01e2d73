import { type BackfillSettings, changeSettings, isFinalStatus } from "@infill/core";
import {
  countSubset,
  InfillError,
  isEmptySubset,
  type PartitionsContext,
  subtractSubsets,
} from "@infill/partitions";
import {
  addPartitions,
  appendBackfillLog,
  type BackfillRecord,
  cancelPartitions,
  changeBackfill,
  type LogFacts,
  factsSchema,
  readBackfill,
  setBackfillCap,
  type StateStore,
} from "@infill/state";
import { PartitionStates, planBackfill, planContext } from "@infill/planning";
import type { ResolvedBackfillChanges } from "../schemas/backfillSchemas.ts";
import {
  type AssetPartitions,
  type ChangeEnvironment,
  requestOfText,
} from "./changeEnvironment.ts";
import type { ChangeEffects } from "../backfills/changeEffects.ts";
import type { ControlOptions } from "../schemas/controlSchemas.ts";
import { continueBackfill } from "../backfills/continueBackfill.ts";
import { readOpenLedger } from "./openLedger.ts";
import { partitionsToDrop } from "./partitionsToDrop.ts";
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

/**
 * Changes a running or paused backfill; with `dryRun`, computes the effects of the change.
 *
 * @throws UnknownBackfillError, BackfillEndedError; for `add` and `drop` the
 *   errors of planning
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
  const added = add === undefined ? [] : await partitionsToAdd(environment, record, add, dropped);
  if (by.dryRun === true) {
    const settings = changeSettings(record.settings, changes);
    const context = await planContext(store, environment.registered, record.header);
    const sets = { added: spansOf(added, context), dropped: spansOf(dropped, context) };
    return { settings, added: countAll(added), dropped: countAll(dropped), sets };
  }
  if (added.length > 0) await environment.raiseVersions(id, { actor: by.actor, reason: by.reason });
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

function countAll(parts: readonly AssetPartitions[]): number {
  return parts.reduce((sum, [, partitions]) => sum + countSubset(partitions), 0);
}

function spansOf(parts: readonly AssetPartitions[], context: PartitionsContext): AssetSpan[] {
  return parts.map(([{ asset }, partitions]) => ({
    asset: asset.name,
    ...spanOf(partitions, context),
  }));
}

/**
 * The partitions that a text adds to a backfill, by asset in topological order: of the backfill's
 * assets, those that a new backfill of this text would run.
 *
 * @param dropped the same change removes these first, so it may add them again
 * @returns without the partitions that the backfill has already
 */
async function partitionsToAdd(
  { store, graph, registered }: ChangeEnvironment,
  { id, header }: BackfillRecord,
  text: string,
  dropped: readonly AssetPartitions[],
): Promise<AssetPartitions[]> {
  const request = requestOfText(header.request, text);
  const context = await planContext(store, registered, header);
  const states = new PartitionStates(store, graph, registered, context);
  const added: AssetPartitions[] = [];
  for (const { registered: asset, toRun } of await planBackfill(states, graph, request)) {
    const { name } = asset.asset;
    if (!header.assets.includes(name) || isEmptySubset(toRun)) continue;
    const { live } = await readOpenLedger(store, asset, id);
    const going = dropped.find(([each]) => each.asset.name === name)?.[1];
    const kept = going === undefined ? live : subtractSubsets(live, going);
    const partitions = subtractSubsets(toRun, kept);
    if (!isEmptySubset(partitions)) added.push([asset, partitions]);
  }
  return added;
}
