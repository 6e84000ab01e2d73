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

/** An asset whose state cannot be taken away now. */
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

/** What is kept of an asset. */
export interface AssetState {
  readonly materialized: number;
  readonly failed: number;
  readonly inProgress: number;
  /** Partitions of which it is known how they ended last. */
  readonly records: number;
  /** Ledgers of backfills. */
  readonly ledgers: number;
  /** Redis keys, all told. */
  readonly keys: number;
}

/** Counts what is kept of an asset, in steps of a thousand keys. It need not be an asset of the project. */
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

/** How an operation on an asset ends; `lua/end_asset_change.lua` says what each leaves. */
export type ChangeEnd = "undone" | "reset" | "removed" | "kept";

/** Keys deleted by one call. */
const keysPerCall = 200;
/** How long a submission may take between its first ledger and its record, in milliseconds. */
const submissionMs = 3_600_000;

/** What is done to the whole state of an asset. */
export type AssetChange = "reset" | "remove";

/** What outlives a reset: who changed what by hand, and the order of settlements. */
const keptByReset = new Set(["meta", "audit", "settlements"]);

/**
 * Gives up all state of an asset, and its definition. After a reset the asset may be defined otherwise, and what was changed by
 * hand stays listed; after a removal no key of it is left. Takes 200 keys a step. Safe to call again after an interruption.
 *
 * @param bornMs reads the instant at which a backfill was submitted out of its id, epoch milliseconds
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
  // What was half kept is given up like the rest.
  if (operation?.startsWith("keep ") === true)
    await turnChange(store, asset, operation, change, true);
  await beginChange(store, asset, change, bornMs, "live");
  crashPoint("after:give_up");
  const entry = { what: change === "reset" ? "asset_reset" : "asset_removed", ...by };
  // First, so that nobody takes what is missing in between for lost.
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

/** Notes that backfills which ended before now have no ledger of an asset any more. */
export async function giveUpNote(store: StateStore, asset: string, entry: LogEntry): Promise<void> {
  const { redis, keys } = store;
  const atMs = await redisTimeMs(store);
  await redis.hset(keys.givenUpAssets, asset, JSON.stringify({ atMs, ...entry }));
}

/**
 * Gives an asset back after an operation on its state; does nothing where that operation is not under way any more.
 *
 * @param entry what its audit stream says of it; undefined for nothing
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
 * Deletes keys of an asset whose state is being given up or moved, 200 a call.
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
 * Says that an operation on an asset's state is under way.
 *
 * @returns whether this call began it
 * @throws AssetChangingError where another one is under way
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
 * Lets an operation that is under way become another one, so that processes at the first write nothing any more.
 *
 * @param always also where it has begun to delete
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
 * Keeps others from an asset's state. Nothing is taken away from a backfill that is active, or is just being submitted.
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
  // From here on nobody opens a ledger or claims; what is active now was so before.
  const users = await usersOfAsset(store, asset, bornMs, claims);
  if (users.length === 0) return isNew;
  // What another process began is not this one's to undo: it may have written already.
  if (isNew) await endChange(store, asset, operation, "undone", undefined);
  throw new AssetInUseError(asset, users);
}

/** The backfills that have an asset to do, or whose workers still run partitions of it. */
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

const givenUpSchema = z.object({ atMs: z.number() });

/**
 * When the state of assets was given up last, by name, epoch milliseconds by Redis' clock. Backfills that ended before have no
 * ledger of such an asset.
 */
export async function readGivenUpAssets({
  redis,
  keys,
}: StateStore): Promise<ReadonlyMap<string, number>> {
  const entries = Object.entries(await redis.hgetall(keys.givenUpAssets));
  return new Map(entries.flatMap(([asset, text]) => [[asset, givenUpMs(text)] as const]));
}

/** @returns 0 for an entry that cannot be read: nothing was given up then */
function givenUpMs(text: string): number {
  try {
    return givenUpSchema.safeParse(JSON.parse(text)).data?.atMs ?? 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

/** What is being done to the whole state of an asset (`assetOperation.ts`); undefined where nothing is. */
export async function assetOperation(
  { redis, keys }: StateStore,
  asset: string,
): Promise<string | undefined> {
  return (await redis.hget(keys.meta(asset), "operation")) ?? undefined;
}
