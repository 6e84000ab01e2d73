import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import { connectionOptions } from "../redis/redisConnection.ts";
import type { StateStore } from "../store/stateStore.ts";
import { inGroups } from "../redis/inGroups.ts";
import { excerptOf, isWrongType } from "../redis/unreadable.ts";
import { connectionChange } from "../redis/patientRedis.ts";

/** What happened to partitions of one lane in one backfill, by one transition. */
export interface SettlementEvent {
  readonly asset: string;
  readonly backfillId: string;
  readonly lane: string;
  readonly change:
    | {
        /** `refused`: a worker came with a result after it had lost its claim; nothing was settled. */
        readonly kind: "succeeded" | "failed" | "released" | "retrying" | "refused";
        readonly ordinals: readonly number[];
      }
    /** The ledger's planes of the chunk have the partitions. */
    | { readonly kind: "skipped"; readonly chunk: number }
    /** Partitions were added to the backfill or taken out of it, or failed because they are gone. */
    | { readonly kind: "selection" };
}

/** What the feed delivers, in order. */
export type FeedEvent =
  | { readonly kind: "settlements"; readonly events: readonly SettlementEvent[] }
  /** A backfill was created, or has another status now. */
  | { readonly kind: "backfill"; readonly backfillId: string; readonly status: string }
  /**
   * Entries of this asset were trimmed before they were read, or the stream has gone back: what is known of it has to be read
   * again. `lost` counts the entries, at least, that were read and that Redis has lost.
   */
  | { readonly kind: "gap"; readonly asset: string; readonly lost: number }
  /** The stream of backfills has gone back: some may have another status than was told. */
  | { readonly kind: "backfills_gap" }
  /** An entry that no version writes, of an asset's stream or of that of backfills: what it should have told has to be read. */
  | { readonly kind: "unreadable"; readonly asset: string | undefined; readonly excerpt: string };

const outcomes = {
  s: "succeeded",
  f: "failed",
  r: "released",
  w: "retrying",
  x: "refused",
} as const;

/**
 * Reads settlement streams and the stream of backfills as they grow, with one blocking connection. A hint that wakes
 * and saves work: whoever needs the truth reads state.
 */
export class SettlementFeed {
  readonly #store: StateStore;
  readonly #redis: Redis;
  /** Last entry read of each stream, by key. */
  readonly #positions = new Map<string, string>();
  readonly #assets = new Map<string, { readonly asset: string; sequence: number | undefined }>();
  /** Keys that are no streams, and are left out of reads until they are mended. */
  readonly #unreadable = new Set<string>();
  #clientId: number | undefined;
  #closed = false;

  constructor(store: StateStore, role: string) {
    this.#store = store;
    this.#redis = store.redis.duplicate(connectionOptions(`infill:${role}:feed`));
    this.#redis.on("error", () => {});
    this.#redis.on("ready", () => {
      this.#clientId = undefined;
    });
  }

  /** Follows the stream of backfills from now on. */
  async followBackfills(): Promise<void> {
    const key = this.#store.keys.backfillEvents;
    this.#positions.set(key, await this.#lastEntry(key));
  }

  /** Follows assets from now on. What settled before is in the planes, which must be read after this. Safe to call concurrently. */
  async followAssets(assets: readonly string[]): Promise<void> {
    const unknown = assets.filter(
      (asset) => !this.#assets.has(this.#store.keys.settlements(asset)),
    );
    if (unknown.length === 0) return;
    await inGroups(unknown, (asset) => this.#follow(asset));
    // Once for all: the next read names every stream.
    await this.#interrupt();
  }

  async #follow(asset: string): Promise<void> {
    const key = this.#store.keys.settlements(asset);
    const last = await this.#lastEntry(key);
    // A later position than the one that somebody follows it from by now would skip entries.
    if (this.#assets.has(key)) return;
    this.#positions.set(key, last);
    this.#assets.set(key, { asset, sequence: undefined });
  }

  unfollowAsset(asset: string): void {
    const key = this.#store.keys.settlements(asset);
    this.#assets.delete(key);
    this.#positions.delete(key);
  }

  /**
   * Waits for entries.
   *
   * @returns what came; empty after `timeoutMs`, or when the set of streams was changed meanwhile
   */
  async read(timeoutMs: number): Promise<FeedEvent[]> {
    if (this.#closed) return [];
    const events: FeedEvent[] = await this.#mended();
    const keys = [...this.#positions.keys()].filter((key) => !this.#unreadable.has(key));
    if (events.length > 0) return events;
    if (keys.length === 0) {
      await delay(Math.min(timeoutMs, 1_000));
      return [];
    }
    const ids = keys.map((key) => this.#positions.get(key) ?? "$");
    // What is asked before the connection is ready gets no answer if it breaks then.
    while (this.#redis.status === "connect") await connectionChange(this.#redis);
    this.#clientId ??= await this.#redis.client("ID");
    const answer = await this.#redis
      .xread("COUNT", 512, "BLOCK", timeoutMs, "STREAMS", ...keys, ...ids)
      .catch(async (error: Error) => {
        if (this.#closed || error.message.includes("UNBLOCKED")) return null;
        // One stream of another type must not keep the others from being read.
        if (!isWrongType(error) || !(await this.#leaveUnreadable(keys))) throw error;
        return null;
      });
    for (const [key, entries] of answer ?? []) {
      if (!this.#positions.has(key)) continue;
      for (const [id, fields] of entries) {
        this.#positions.set(key, id);
        events.push(...this.#eventsOf(key, fields));
      }
    }
    return events;
  }

  /**
   * Compares what was read with what the streams hold, after the server has become another one: a stream that ends before what
   * was read of it has gone back. Reading goes on at its present end.
   *
   * @returns a gap for each stream that has gone back
   */
  async goneBack(): Promise<FeedEvent[]> {
    const gaps: FeedEvent[] = [];
    for (const [key, position] of this.#positions) {
      if (this.#unreadable.has(key)) continue;
      const [last] = await this.#store.redis.xrevrange(key, "+", "-", "COUNT", 1);
      const end = last?.[0] ?? "0-0";
      if (!isBefore(end, position) || this.#positions.get(key) !== position) continue;
      this.#positions.set(key, end);
      const followed = this.#assets.get(key);
      if (followed === undefined) {
        gaps.push({ kind: "backfills_gap" });
        continue;
      }
      const lost = (followed.sequence ?? 0) - Number(last?.[1][1] ?? 0);
      followed.sequence = undefined;
      gaps.push({ kind: "gap", asset: followed.asset, lost: Math.max(1, lost) });
    }
    return gaps;
  }

  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
  }

  /** Leaves out the keys that are no streams. @returns whether there is one */
  async #leaveUnreadable(keys: readonly string[]): Promise<boolean> {
    for (const key of keys) if (!(await this.#isReadable(key))) this.#unreadable.add(key);
    return this.#unreadable.size > 0;
  }

  /** Follows streams again that were no streams for a while. @returns a gap for each */
  async #mended(): Promise<FeedEvent[]> {
    const gaps: FeedEvent[] = [];
    for (const key of this.#unreadable) {
      const isFollowed = this.#positions.has(key);
      if (isFollowed && !(await this.#isReadable(key))) continue;
      this.#unreadable.delete(key);
      if (!isFollowed) continue;
      this.#positions.set(key, await this.#lastEntry(key));
      const followed = this.#assets.get(key);
      if (followed === undefined) gaps.push({ kind: "backfills_gap" });
      else gaps.push({ kind: "gap", asset: followed.asset, lost: 0 });
    }
    return gaps;
  }

  async #isReadable(key: string): Promise<boolean> {
    const type = await this.#store.redis.type(key);
    return type === "stream" || type === "none";
  }

  /** Ends a blocked read, so that it goes on with the streams that are followed now. */
  async #interrupt(): Promise<void> {
    if (this.#clientId !== undefined) await this.#store.redis.client("UNBLOCK", this.#clientId);
  }

  async #lastEntry(key: string): Promise<string> {
    const [last] = await this.#store.redis
      .xrevrange(key, "+", "-", "COUNT", 1)
      .catch((error: unknown) => {
        if (!isWrongType(error)) throw error;
        this.#unreadable.add(key);
        return [];
      });
    return last?.[0] ?? "0-0";
  }

  #eventsOf(key: string, fields: readonly string[]): FeedEvent[] {
    const followed = this.#assets.get(key);
    const [, first = "", , second = ""] = fields;
    const unreadable = () => {
      const excerpt = excerptOf(`${first.slice(0, 100)} ${second.slice(0, 100)}`);
      return [{ kind: "unreadable" as const, asset: followed?.asset, excerpt }];
    };
    if (followed === undefined) {
      const entry = backfillEntrySchema.safeParse({ backfillId: first, status: second });
      return entry.success ? [{ kind: "backfill", ...entry.data }] : unreadable();
    }
    // What is no number leaves the count as it is: the next entry goes on from the one before.
    if (!/^\d{1,15}$/.test(first)) return unreadable();
    const sequence = Number(first);
    const expected = followed.sequence === undefined ? sequence : followed.sequence + 1;
    followed.sequence = sequence;
    // A number that comes again says that Redis has lost the entry which had it first.
    if (sequence !== expected)
      return [{ kind: "gap", asset: followed.asset, lost: Math.max(0, expected - sequence) }];
    const events = parseSettlements(followed.asset, second);
    return events === undefined ? unreadable() : [{ kind: "settlements", events }];
  }
}

/** Whether one id of a stream's entries, `<ms>-<number>`, comes before another. */
function isBefore(one: string, other: string): boolean {
  const [ms = 0, number = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split("-").map(Number);
  return ms < otherMs || (ms === otherMs && number < otherNumber);
}

/** Characters of a settlement entry that are read: transitions settle at most some thousands of partitions at once. */
const mostText = 4_000_000;
/** Beyond every ordinal that an asset may have; those of windows before 1970 are negative. */
const mostOrdinal = 2 ** 40;
const mostId = 64;
const backfillEntrySchema = z.object({
  backfillId: z.string().min(1).max(mostId),
  status: z.string().max(32),
});
const mostLane = 256;
const laneText = /^(?:-?\d+(?:\.-?\d+)*)?$/;
const ordinalText = /^-?\d{1,13}$/;

/** Not by a schema: a planner reads tens of thousands of ordinals a second. */
function readOrdinal(text: string): number | undefined {
  const ordinal = Number(text);
  return ordinalText.test(text) && Math.abs(ordinal) <= mostOrdinal ? ordinal : undefined;
}

/**
 * Reads the text that transitions emit; `lua/settle_partitions.lua` describes it. An outcome that only another version knows
 * is left out.
 *
 * @returns undefined for text that no version emits
 */
export function parseSettlements(asset: string, text: string): SettlementEvent[] | undefined {
  if (text.length > mostText) return undefined;
  const events: SettlementEvent[] = [];
  for (const part of text.split(";")) {
    if (part === "") continue;
    const [backfillId = "", lane = "", outcome = "", list = ""] = part.split(" ");
    const isReadable =
      backfillId !== "" &&
      backfillId.length <= mostId &&
      lane.length <= mostLane &&
      laneText.test(lane) &&
      outcome.length <= 1;
    if (!isReadable) return undefined;
    if (outcome === "c") {
      events.push({ asset, backfillId, lane, change: { kind: "selection" } });
    } else if (outcome === "k") {
      const chunk = readOrdinal(list);
      if (chunk === undefined) return undefined;
      events.push({ asset, backfillId, lane, change: { kind: "skipped", chunk } });
    } else if (isOutcome(outcome)) {
      const ordinals = list.split(",").map(readOrdinal);
      if (!areNumbers(ordinals)) return undefined;
      events.push({ asset, backfillId, lane, change: { kind: outcomes[outcome], ordinals } });
    }
  }
  return events;
}

function areNumbers(values: readonly (number | undefined)[]): values is readonly number[] {
  return !values.includes(undefined);
}

function isOutcome(letter: string): letter is keyof typeof outcomes {
  return Object.hasOwn(outcomes, letter);
}
