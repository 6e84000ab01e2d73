import { type DynamicKeys, dynamicKeysWithOrdinals } from "@infill/partitions";
import type { Redis } from "ioredis";
import type { Keys } from "../keys/keys.ts";
import { storedInstantOf } from "../redis/storedInstantOf.ts";

/** The id of a change of dynamic keys, as Redis writes it; `0-0` is before the first change. */
export type DynamicRevision = string;

export const noRevision: DynamicRevision = "0-0";

/** Runs of ordinals that one change added or removed. */
interface Change {
  readonly revision: DynamicRevision;
  readonly isAdded: boolean;
  readonly runs: readonly (readonly [first: number, last: number])[];
}

/** The presence of keys after the changes up to some revision. */
interface Standing {
  /** Present ordinals in the order of their addition, each with the change that added it. */
  readonly present: Map<number, DynamicRevision>;
  /** Removed ordinals, each with the change that removed it, oldest first. */
  readonly removed: Map<number, DynamicRevision>;
}

/** A key of a dynamic definition, with the time of its addition or removal. */
export interface DatedKey {
  readonly key: string;
  readonly ordinal: number;
  /** Epoch milliseconds, by Redis' clock. */
  readonly sinceMs: number;
  /** The change that added or removed the key. */
  readonly revision: DynamicRevision;
}

/**
 * A place in the order of additions or removals: an ordinal and the change that put it there. The
 * place stays valid after the key has moved.
 */
export type DynamicPlace = Pick<DatedKey, "ordinal" | "revision">;

/** Entries and keys read by one call. */
const perCall = 1_000;
/** Sets of keys that are cached for the next caller. */
const keptSets = 16;

/**
 * The keys of one dynamic definition over time, as far as this process has read them. A second read
 * costs only the changes since the first. Then the keys at any revision are known without a call.
 */
export class DynamicKeyHistory {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #name: string;
  #changes: Change[] = [];
  /** Every key, present or removed, by ordinal. */
  #names: string[] = [];
  #standing: Standing = nobody();
  #sets = new Map<DynamicRevision, DynamicKeys>();
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(redis: Redis, keys: Keys, name: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#name = name;
  }

  /** The newest change that was read. */
  get revision(): DynamicRevision {
    return this.#changes.at(-1)?.revision ?? noRevision;
  }

  /** Whether the key of an ordinal was present at the last read. */
  has(ordinal: number): boolean {
    return this.#standing.present.has(ordinal);
  }

  /** The keys that were present at the last read, in the order of their addition. */
  present(): Iterable<DatedKey> {
    return this.#dated(this.#standing.present);
  }

  /** The keys that had been removed at the last read, in the order of their removal. */
  removed(): Iterable<DatedKey> {
    return this.#dated(this.#standing.removed);
  }

  get counts(): { readonly present: number; readonly removed: number } {
    return { present: this.#standing.present.size, removed: this.#standing.removed.size };
  }

  /** The key of an ordinal, present or removed; undefined for one that was not read. */
  keyOf(ordinal: number): string | undefined {
    return this.#names[ordinal];
  }

  *#dated(ordinals: ReadonlyMap<number, DynamicRevision>): Iterable<DatedKey> {
    for (const [ordinal, revision] of ordinals)
      yield { key: this.#names[ordinal] ?? "", ordinal, sinceMs: revisionMs(revision), revision };
  }

  /** The place of a present key; undefined if it was not present at the last read. */
  placeOf(ordinal: number): DynamicPlace | undefined {
    const revision = this.#standing.present.get(ordinal);
    return revision === undefined ? undefined : { ordinal, revision };
  }

  /**
   * Returns a test for the places up to and including this one: by change, and within a change by
   * the order of its keys.
   */
  upTo({ ordinal, revision }: DynamicPlace): (other: DynamicPlace) => boolean {
    const runs = this.#changes.find((change) => change.revision === revision)?.runs ?? [];
    const rank = rankIn(runs, ordinal);
    return (other) =>
      other.revision === revision
        ? rankIn(runs, other.ordinal) <= rank
        : isLater(revision, other.revision);
  }

  /** Reads every change made before the call. Concurrent calls share a read. */
  read(): Promise<void> {
    // The read that is under way may have begun before the latest change.
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#reading = this.#readChanges();
        return this.#reading;
      });
    return this.#next;
  }

  /**
   * The keys at a revision that was read, in the order of their addition. A key that was removed
   * and added again counts from its last addition. For a revision that Redis has lost, returns what
   * is left of it.
   */
  at(revision: DynamicRevision): DynamicKeys {
    const known = this.#sets.get(revision);
    if (known !== undefined) return known;
    const { present } = revision === this.revision ? this.#standing : this.#replay(revision);
    const names = this.#names;
    const set = dynamicKeysWithOrdinals(
      Array.from(present.keys(), (ordinal) => [names[ordinal] ?? "", ordinal] as const),
      (ordinal) => names[ordinal],
    );
    this.#sets.set(revision, set);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > keptSets && oldest !== undefined) this.#sets.delete(oldest);
    return set;
  }

  async #readChanges(): Promise<void> {
    const key = this.#keys.dynamicChanges(this.#name);
    for (;;) {
      const known = this.revision;
      // The range includes the newest known change. If Redis does not return it, Redis has lost it.
      const entries = await this.#redis.xrange(key, known, "+", "COUNT", perCall + 1);
      if (known !== noRevision && entries[0]?.[0] !== known) {
        this.#forget();
        continue;
      }
      const fresh = known === noRevision ? entries : entries.slice(1);
      if (fresh.length === 0) return;
      const changes = fresh.map(([revision, fields]) => changeOf(revision, fields));
      await this.#readNames(changes);
      for (const { runs, ...change } of changes) {
        // Leave out runs beyond the known keys: they may be of any length.
        const known = runs.filter(([, last]) => last < this.#names.length);
        apply(this.#standing, { ...change, runs: known });
        this.#changes.push({ ...change, runs: known });
      }
      if (fresh.length < perCall) return;
    }
  }

  async #readNames(changes: readonly Change[]): Promise<void> {
    let most = -1;
    for (const { runs } of changes) for (const [, last] of runs) most = Math.max(most, last);
    while (this.#names.length <= most) {
      const first = this.#names.length;
      const page = await this.#redis.lrange(
        this.#keys.dynamicNames(this.#name),
        first,
        first + perCall - 1,
      );
      if (page.length === 0) return;
      this.#names.push(...page);
    }
  }

  #forget(): void {
    this.#changes = [];
    this.#names = [];
    this.#standing = nobody();
    this.#sets = new Map();
  }

  #replay(revision: DynamicRevision): Standing {
    const standing = nobody();
    for (const change of this.#changes) {
      if (isLater(change.revision, revision)) break;
      apply(standing, change);
    }
    return standing;
  }
}

function nobody(): Standing {
  return { present: new Map(), removed: new Map() };
}

function apply({ present, removed }: Standing, { revision, isAdded, runs }: Change): void {
  const [to, from] = isAdded ? [present, removed] : [removed, present];
  for (const [first, last] of runs) {
    for (let ordinal = first; ordinal <= last; ordinal++) {
      from.delete(ordinal);
      to.set(ordinal, revision);
    }
  }
}

function changeOf(revision: string, fields: readonly string[]): Change {
  const [, what, , runs = ""] = fields;
  return { revision, isAdded: what === "added", runs: parseOrdinalRuns(runs) };
}

/** Above every possible ordinal of a dynamic key. */
const mostOrdinal = 2 ** 40;
const runPattern = /^(\d{1,13})(?:-(\d{1,13}))?$/;

/**
 * Parses runs of ordinals as `change_dynamic_keys` writes them: "4-7,2", both ends included. Skips
 * text of another form.
 */
export function parseOrdinalRuns(text: string): (readonly [first: number, last: number])[] {
  return text.split(",").flatMap((run) => {
    const [, from, to = from] = runPattern.exec(run) ?? [];
    const [first, last] = [Number(from), Number(to)];
    return first <= last && last < mostOrdinal ? [[first, last] as const] : [];
  });
}

/** The time of a change, epoch milliseconds by Redis' clock. */
export function revisionMs(revision: DynamicRevision): number {
  return storedInstantOf(revision.split("-")[0]);
}

/** How many ordinals of the runs come before this one; Infinity if it is in none. */
function rankIn(runs: Change["runs"], ordinal: number): number {
  let before = 0;
  for (const [first, last] of runs) {
    if (first <= ordinal && ordinal <= last) return before + ordinal - first;
    before += last - first + 1;
  }
  return Infinity;
}

function isLater(a: DynamicRevision, b: DynamicRevision): boolean {
  const [aMs = 0, aIndex = 0] = a.split("-").map(Number);
  const [bMs = 0, bIndex = 0] = b.split("-").map(Number);
  return aMs === bMs ? aIndex > bIndex : aMs > bMs;
}
