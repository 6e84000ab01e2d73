import { InfillError } from "@infill/partitions";
import { z } from "zod";
import { type AssetKey, assetKeys } from "../assets/assetKeys.ts";
import { appendBackfillLog, logEntryJson, type LogEntry } from "../log/backfillLog.ts";
import { activeBackfills, backfillExists } from "../backfills/backfills.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { crashPoint } from "@infill/core";
import { moveCaps } from "../permits/moveCaps.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import { defineScript } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";
import { redisTimeMs } from "../processes/workerRegistry.ts";
import { storedInstantSchema } from "../redis/storedInstantOf.ts";

/** The asset is in use, so its state cannot be removed or moved now. */
export class AssetInUseError extends InfillError {
  readonly code = "INFILL_ASSET_IN_USE";
  readonly asset: string;
  readonly backfills: readonly string[];

  constructor(asset: string, backfills: readonly string[]) {
    const shown = backfills.slice(0, 3).join(", ");
    const [first = ""] = backfills;
    super(
      `The state of asset "${asset}" is in use by ${shown}${backfills.length > 3 ? ` and ${backfills.length - 3} more` : ""}: ` +
        `wait until ${backfills.length > 1 ? "they have" : "it has"} ended, or cancel ${backfills.length > 1 ? "each" : "it"}, \`infill backfill cancel ${first}\`.`,
    );
    this.asset = asset;
    this.backfills = backfills;
  }
}

/** The size of an asset's state. */
export interface AssetState {
  readonly materialized: number;
  readonly failed: number;
  readonly inProgress: number;
  /** Partitions with a record of their last settlement. */
  readonly records: number;
  /** Ledgers of backfills. */
  readonly ledgers: number;
  /** All Redis keys of the asset. */
  readonly keys: number;
}

/** Counts an asset's state, in steps of a thousand keys. The project need not have the asset. */
export async function measureAsset(store: StateStore, asset: string): Promise<AssetState> {
  const counts = { materialized: 0, failed: 0, inProgress: 0, records: 0, ledgers: 0, keys: 0 };
  const seen = new Set<string>();
  for await (const page of assetKeys(store, asset)) {
    const fresh = page.filter(({ name }) => !seen.has(name));
    for (const { name } of fresh) seen.add(name);
    counts.keys += fresh.length;
    counts.ledgers += fresh.filter(({ kind }) => kind === "ledger").length;
    for (const { name, kind, parts } of fresh) {
      if (kind === "plane") {
        const bits = await store.redis.bitcount(name);
        if (parts["plane"] === "materialized") counts.materialized += bits;
        else if (parts["plane"] === "failed") counts.failed += bits;
        else counts.inProgress += bits;
      }
      if (kind === "records") counts.records += recordsIn(await store.redis.getBuffer(name));
    }
  }
  return counts;
}

function recordsIn(page: Buffer | null): number {
  let count = 0;
  for (let at = 0; page !== null && at < page.length; at += recordBytes)
    if (page.subarray(at, at + recordBytes).some((byte) => byte !== 0)) count++;
  return count;
}

const beginScript = defineScript(
  "begin_asset_change",
  z.union([z.tuple([z.enum(["begun", "stands"])]), z.tuple([z.literal("busy"), z.string()])]),
);
const deleteScript = defineScript(
  "delete_asset_keys",
  z.union([z.tuple([z.literal("deleted"), z.int()]), z.tuple([z.literal("outdated")])]),
);
const turnScript = defineScript(
  "turn_asset_change",
  z.union([z.tuple([z.enum(["turned", "moved"])]), z.tuple([z.literal("other"), z.string()])]),
);
const endScript = defineScript("end_asset_change", z.tuple([z.enum(["ended", "outdated"])]));

/** How an operation on an asset ends; `lua/end_asset_change.lua` describes each. */
export type ChangeEnd = "undone" | "reset" | "removed" | "kept";

/** Keys that one call deletes. */
const keysPerCall = 200;
/** The longest time between a submission's first ledger and its record, in milliseconds. */
const submissionMs = 3_600_000;

/** An operation on an asset's whole state. */
export type AssetChange = "reset" | "remove";

/** A reset keeps the audit of changes by hand and the order of settlements. */
const keptByReset = new Set(["meta", "audit", "settlements"]);

/**
 * Deletes all state of an asset and its definition. A reset asset may be registered with another
 * definition and keeps its audit stream; a removed one keeps no key. Deletes 200 keys a step. Safe
 * to call again after an interruption.
 *
 * @param bornMs reads the time of submission out of a backfill's id, epoch milliseconds
 * @throws AssetInUseError, AssetChangingError
 */
export async function giveUpAsset(
  store: StateStore,
  asset: string,
  change: AssetChange,
  by: Pick<LogEntry, "actor" | "reason">,
  bornMs: (backfillId: string) => number,
): Promise<void> {
  const operation = await assetOperation(store, asset);
  // A half-finished move of the state is deleted like the rest.
  if (operation?.startsWith("keep ") === true)
    await turnChange(store, asset, operation, change, true);
  await beginChange(store, asset, change, bornMs, "live");
  crashPoint("after:give_up");
  const entry = { what: change === "reset" ? "asset_reset" : "asset_removed", ...by };
  // Write this first, so that nobody takes the missing ledgers for lost.
  await giveUpNote(store, asset, entry);
  for await (const page of assetKeys(store, asset)) {
    for (const { kind, parts } of page)
      if (kind === "ledger" && parts["backfill"] !== undefined)
        await appendBackfillLog(store, parts["backfill"], { ...entry, details: { asset } });
    const going = page.filter(({ kind }) =>
      change === "reset" ? !keptByReset.has(kind ?? "") : kind !== "meta",
    );
    if (!(await deleteKeys(store, asset, change, going))) return;
    crashPoint("after:give_up_step");
  }
  if (change === "remove") await moveCaps(store, asset, undefined);
  const how = change === "reset" ? "reset" : "removed";
  await endChange(store, asset, change, how, change === "reset" ? entry : undefined);
}

/** Records that backfills that ended before now have no ledger of an asset any more. */
export async function giveUpNote(store: StateStore, asset: string, entry: LogEntry): Promise<void> {
  const { redis, keys } = store;
  const atMs = await redisTimeMs(store);
  await redis.hset(keys.givenUpAssets, asset, JSON.stringify({ atMs, ...entry }));
}

/**
 * Ends an operation on an asset's state; does nothing if that operation is not under way.
 *
 * @param entry for its audit stream; undefined for none
 */
export async function endChange(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
  how: ChangeEnd,
  entry: LogEntry | undefined,
): Promise<void> {
  const text = entry === undefined ? "" : logEntryJson(entry);
  const keyList = [keys.meta(asset), keys.audit(asset)];
  await endScript(redis, keyList, [operation, how, text, randomId("op")]);
}

/**
 * Deletes keys of an asset under an operation, 200 for each call.
 *
 * @returns whether the operation is still under way
 */
export async function deleteKeys(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
  going: readonly AssetKey[],
): Promise<boolean> {
  for (let first = 0; first < going.length; first += keysPerCall) {
    const names = going.slice(first, first + keysPerCall).map(({ name }) => name);
    const [word] = await deleteScript(redis, [keys.meta(asset), ...names], [operation]);
    if (word === "outdated") return false;
  }
  return true;
}

/**
 * Marks an asset as under an operation.
 *
 * @returns whether this call began it
 * @throws AssetChangingError if another operation is under way
 */
export async function markChange(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
): Promise<boolean> {
  const reply = await beginScript(redis, [keys.meta(asset)], [operation, randomId("epoch")]);
  if (reply[0] === "busy") throw new AssetChangingError(asset, reply[1]);
  return reply[0] === "begun";
}

/**
 * Replaces an operation that is under way by another one, so that processes that still work on the
 * first write nothing more.
 *
 * @param always even if the operation has begun to delete
 */
export async function turnChange(
  { redis, keys }: StateStore,
  asset: string,
  before: string,
  after: string,
  always = false,
): Promise<"turned" | "moved" | "other"> {
  const [word] = await turnScript(redis, [keys.meta(asset)], [before, after, always ? 1 : 0]);
  return word;
}

/**
 * Locks an asset's state for an operation. Refuses if an active backfill, or one that is being
 * submitted, uses the asset.
 *
 * @param claims which claims count as use: those of `live` sessions, or `all`
 * @returns whether this call began the operation
 * @throws AssetInUseError, AssetChangingError
 */
export async function beginChange(
  store: StateStore,
  asset: string,
  operation: string,
  bornMs: (backfillId: string) => number,
  claims: "live" | "all",
): Promise<boolean> {
  const early = await usersOfAsset(store, asset, bornMs, claims);
  if (early.length > 0) throw new AssetInUseError(asset, early);
  const isNew = await markChange(store, asset, operation);
  // From now on nobody can open a ledger or claim, so this list of users is complete.
  const users = await usersOfAsset(store, asset, bornMs, claims);
  if (users.length === 0) return isNew;
  // Do not undo another process's operation: it may have written already.
  if (isNew) await endChange(store, asset, operation, "undone", undefined);
  throw new AssetInUseError(asset, users);
}

/** The backfills that have work in an asset, or whose workers still run partitions of it. */
export async function usersOfAsset(
  store: StateStore,
  asset: string,
  bornMs: (backfillId: string) => number,
  claims: "live" | "all" = "live",
): Promise<string[]> {
  const { redis, keys } = store;
  const active = new Set(await activeBackfills(store));
  const nowMs = await redisTimeMs(store);
  const users = new Set<string>();
  for await (const page of assetKeys(store, asset)) {
    for (const { kind, parts } of page) {
      const id = parts["backfill"];
      if (kind !== "ledger" || id === undefined) continue;
      if (active.has(id)) users.add(id);
      else if (!(await backfillExists(store, id)) && nowMs - bornMs(id) < submissionMs)
        users.add(id);
    }
  }
  const sessions = new Map<string, boolean>();
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscan(keys.claims(asset), cursor, "COUNT", 1_000);
    cursor = next;
    for (let at = 1; at < entries.length; at += 2) {
      const claim = parseClaimEntry(entries[at] ?? "");
      if (claim?.state !== "running") continue;
      let isLive = claims === "all" || sessions.get(claim.session);
      if (isLive === undefined) {
        const untilMs = await redis.zscore(keys.sessions(asset), claim.session);
        sessions.set(claim.session, (isLive = Number(untilMs ?? 0) > nowMs));
      }
      if (isLive) users.add(claim.backfillId);
    }
  } while (cursor !== "0");
  return [...users].sort();
}

const givenUpSchema = z.object({ atMs: storedInstantSchema });

/**
 * When each asset was last reset, removed or migrated, by name, epoch milliseconds by Redis' clock.
 * A backfill that ended before has no ledger of the asset.
 */
export async function readGivenUpAssets({
  redis,
  keys,
}: StateStore): Promise<ReadonlyMap<string, number>> {
  const entries = Object.entries(await redis.hgetall(keys.givenUpAssets));
  return new Map(entries.flatMap(([asset, text]) => [[asset, givenUpMs(text)] as const]));
}

/** @returns 0 for an unreadable entry */
function givenUpMs(text: string): number {
  try {
    return givenUpSchema.safeParse(JSON.parse(text)).data?.atMs ?? 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

/** The operation under way on an asset's state (`assetOperation.ts`); undefined for none. */
export async function assetOperation(
  { redis, keys }: StateStore,
  asset: string,
): Promise<string | undefined> {
  return (await redis.hget(keys.meta(asset), "operation")) ?? undefined;
}
