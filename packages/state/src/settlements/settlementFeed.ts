import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { GrownStreams } from "./grownStreams.ts";
import { z } from "zod";
import { connectionOptions } from "../redis/redisConnection.ts";
import { parseSettlements, type SettlementEvent } from "./parseSettlements.ts";
import type { StateStore } from "../store/stateStore.ts";
import { inGroups } from "../redis/inGroups.ts";
import { excerptOf, isWrongType } from "../redis/unreadable.ts";
import { connectionChange } from "../redis/patientRedis.ts";

/** What the feed delivers, in order. */
export type FeedEvent =
  | { readonly kind: "settlements"; readonly events: readonly SettlementEvent[] }
  /** A backfill was created or its status changed. */
  | { readonly kind: "backfill"; readonly backfillId: string; readonly status: string }
  /**
   * Entries of this asset were trimmed before they were read, or the stream went back to an earlier
   * state: the reader must read the state again. `lost` is the least number of read entries that
   * Redis has lost.
   */
  | { readonly kind: "gap"; readonly asset: string; readonly lost: number }
  /**
   * The stream of backfills went back to an earlier state: statuses may differ from those that were
   * reported.
   */
  | { readonly kind: "backfills_gap" }
  /**
   * An unreadable entry, of an asset's stream or that of backfills: the reader must read the state
   * instead.
   */
  | { readonly kind: "unreadable"; readonly asset: string | undefined; readonly excerpt: string };

/** What XREAD answers: for each stream its entries, each as its id and its fields. */
type StreamEntries = [key: string, entries: [id: string, fields: string[]][]][];

/** Most entries of a stream that one read answers. */
const mostEntries = 512;

/**
 * Most streams that a read waits for together: each read names them all, which costs Redis and this
 * process a microsecond a stream. Of more, those are read that were announced as grown.
 */
const mostWaitedFor = 64;
/** Most streams of one read. */
const mostPerRead = 256;

/**
 * Reads settlement streams and the stream of backfills as they grow. Its events are hints that save
 * work; the state itself is the truth.
 */
export class SettlementFeed {
  readonly #store: StateStore;
  readonly #redis: Redis;
  /** Last entry read of each stream, by key. */
  readonly #lastRead = new Map<string, string>();
  readonly #assets = new Map<string, { readonly asset: string; sequence: number | undefined }>();
  /** Keys of a wrong type, which are left out of reads until they are repaired. */
  readonly #unreadable = new Set<string>();
  #clientId: number | undefined;
  /** Set while there are too many streams to wait for. */
  #grown: GrownStreams | undefined;
  readonly #role: string;
  #closed = false;

  constructor(store: StateStore, role: string) {
    this.#store = store;
    this.#role = role;
    this.#redis = store.redis.duplicate(connectionOptions(`infill:${role}:feed`));
    this.#redis.on("error", () => {});
    this.#redis.on("ready", () => {
      this.#clientId = undefined;
    });
  }

  /** Follows the stream of backfills from now on. */
  async followBackfills(): Promise<void> {
    const key = this.#store.keys.backfillEvents;
    this.#lastRead.set(key, await this.#lastEntry(key));
  }

  /**
   * Follows assets from now on. Earlier settlements are in the planes, so read those after this
   * call. Safe to call concurrently.
   */
  async followAssets(assets: readonly string[]): Promise<void> {
    const unknown = assets.filter(
      (asset) => !this.#assets.has(this.#store.keys.settlements(asset)),
    );
    if (unknown.length === 0) return;
    await inGroups(unknown, (asset) => this.#follow(asset));
    // One interruption is enough: the next read names every stream.
    await this.#interrupt();
  }

  async #follow(asset: string): Promise<void> {
    const key = this.#store.keys.settlements(asset);
    const last = await this.#lastEntry(key);
    // Another call follows it already, from an earlier entry; a later one would skip entries.
    if (this.#assets.has(key)) return;
    this.#lastRead.set(key, last);
    this.#assets.set(key, { asset, sequence: undefined });
    // An entry since then may have been announced before anybody followed the stream.
    this.#grown?.add(key);
  }

  unfollowAsset(asset: string): void {
    const key = this.#store.keys.settlements(asset);
    this.#assets.delete(key);
    this.#lastRead.delete(key);
  }

  /**
   * Waits for entries.
   *
   * @returns the events; empty after `timeoutMs`, or if the set of streams changed meanwhile
   */
  async read(timeoutMs: number): Promise<FeedEvent[]> {
    if (this.#closed) return [];
    const events: FeedEvent[] = await this.#mended();
    const keys = [...this.#lastRead.keys()].filter((key) => !this.#unreadable.has(key));
    if (events.length > 0) return events;
    if (keys.length === 0) {
      await delay(Math.min(timeoutMs, 1_000));
      return [];
    }
    const answer =
      keys.length > mostWaitedFor
        ? await this.#readGrown(keys, timeoutMs)
        : await this.#waitFor(keys, timeoutMs);
    for (const [key, entries] of answer) {
      if (!this.#lastRead.has(key)) continue;
      for (const [id, fields] of entries) {
        this.#lastRead.set(key, id);
        events.push(...this.#eventsOf(key, fields));
      }
    }
    return events;
  }

  /** Waits for entries of some streams. */
  #waitFor(keys: readonly string[], timeoutMs: number): Promise<StreamEntries> {
    this.#grown?.close();
    this.#grown = undefined;
    return this.#xread(keys, timeoutMs);
  }

  /** Waits until some of many streams have grown, and reads these. */
  async #readGrown(keys: readonly string[], timeoutMs: number): Promise<StreamEntries> {
    this.#grown ??= new GrownStreams(this.#store, this.#role);
    await this.#grown.wait(timeoutMs);
    const grown = this.#grown.take();
    const due = grown === "all" ? keys : keys.filter((key) => grown.has(key));
    const found: StreamEntries = [];
    for (let first = 0; first < due.length; first += mostPerRead) {
      const page = due.slice(first, first + mostPerRead);
      for (const [key, entries] of await this.#xread(page, undefined)) {
        found.push([key, entries]);
        // There may be more.
        if (entries.length >= mostEntries) this.#grown.add(key);
      }
    }
    return found;
  }

  /** @param blockMs how long to wait for an entry; undefined: not at all */
  async #xread(keys: readonly string[], blockMs: number | undefined): Promise<StreamEntries> {
    const ids = keys.map((key) => this.#lastRead.get(key) ?? "$");
    // A command sent before the connection is ready gets no answer if the connection breaks then.
    while (this.#redis.status === "connect") await connectionChange(this.#redis);
    if (blockMs !== undefined) this.#clientId ??= await this.#redis.client("ID");
    const names = [...keys, ...ids];
    const answer: Promise<StreamEntries | null> =
      blockMs === undefined
        ? this.#redis.xread("COUNT", mostEntries, "STREAMS", ...names)
        : this.#redis.xread("COUNT", mostEntries, "BLOCK", blockMs, "STREAMS", ...names);
    return (
      (await answer.catch(async (error: Error) => {
        if (this.#closed || error.message.includes("UNBLOCKED")) return null;
        // One stream of a wrong type must not block reading the others.
        if (!isWrongType(error) || !(await this.#leaveUnreadable(keys))) throw error;
        return null;
      })) ?? []
    );
  }

  /**
   * Compares the last entries read with the streams after a change of the server. A stream whose end
   * is before its last entry read went back to an earlier state; reading continues at its present
   * end.
   *
   * @returns a gap for each stream that went back
   */
  async goneBack(): Promise<FeedEvent[]> {
    const gaps: FeedEvent[] = [];
    for (const [key, lastRead] of this.#lastRead) {
      if (this.#unreadable.has(key)) continue;
      const [last] = await this.#store.redis.xrevrange(key, "+", "-", "COUNT", 1);
      const end = last?.[0] ?? "0-0";
      if (!isBefore(end, lastRead) || this.#lastRead.get(key) !== lastRead) continue;
      this.#lastRead.set(key, end);
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
    this.#grown?.close();
    this.#redis.disconnect();
  }

  /** Leaves out the keys that are no streams. @returns whether there is one */
  async #leaveUnreadable(keys: readonly string[]): Promise<boolean> {
    for (const key of keys) if (!(await this.#isReadable(key))) this.#unreadable.add(key);
    return this.#unreadable.size > 0;
  }

  /** Follows streams again whose keys have been repaired. @returns a gap for each */
  async #mended(): Promise<FeedEvent[]> {
    const gaps: FeedEvent[] = [];
    for (const key of this.#unreadable) {
      const isFollowed = this.#lastRead.has(key);
      if (isFollowed && !(await this.#isReadable(key))) continue;
      this.#unreadable.delete(key);
      if (!isFollowed) continue;
      this.#lastRead.set(key, await this.#lastEntry(key));
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

  /** Ends a blocked read, so that the next one names the present set of streams. */
  async #interrupt(): Promise<void> {
    this.#grown?.wake();
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
    // An unreadable number does not change the count: the next entry continues from the last
    // readable one.
    if (!/^\d{1,15}$/.test(first)) return unreadable();
    const sequence = Number(first);
    const expected = followed.sequence === undefined ? sequence : followed.sequence + 1;
    followed.sequence = sequence;
    // A repeated number means that Redis has lost the entry that had it first.
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

const backfillEntrySchema = z.object({
  backfillId: z.string().min(1).max(64),
  status: z.string().max(32),
});
