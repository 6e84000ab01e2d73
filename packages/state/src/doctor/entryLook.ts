import { backfillIdPattern } from "@infill/core";
import { excerptOf } from "../redis/unreadable.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { mendNumbers } from "./mending/mend.ts";
import { setAsideEntries, type UnreadableEntry } from "./setAside.ts";

const noBytes = Buffer.alloc(0);
/** Entries that one page of a scan asks for. */
const entriesPerPage = 1_000;

const place = /^[-\d.]*:-?\d{1,15}$/;
const wholeNumber = /^\d{1,15}$/;
const delivery = (member: string) =>
  backfillIdPattern.test(member.slice(0, 29)) && /^-\d{1,9}( .+)?$/s.test(member.slice(29));
const holder = (member: string) => /^\S+ \d+ \S+ [-\d.]*:-?\d+$/.test(member);

/** A key whose entries have a fixed form. */
export interface EntryKey {
  readonly key: string;
  /** As `documentedKey.ts` names it. */
  readonly kind: string;
  readonly type: string;
}

/**
 * Whether an entry has the form that readers expect, by the kind of its key. Other checks cover the
 * kinds that are absent here.
 */
const isReadable: Readonly<Record<string, (entry: string, value: string) => boolean>> = {
  meta: (field, value) => !["backfills", "settlements"].includes(field) || wholeNumber.test(value),
  // Field "" holds the last sequence; "<asset> <version>" holds its sequence; "!<asset> <version>"
  // holds none.
  project_versions: (field, value) =>
    !(field === "" || /^[^!].* /s.test(field)) || wholeNumber.test(value),
  claims: (field) => place.test(field),
  waiters: (field, value) => place.test(field) && /\S/.test(value),
  asset_backfills: (field, value) => wholeNumber.test(field) && backfillIdPattern.test(value),
  deliveries: delivery,
  parked_deliveries: delivery,
  permits_held: holder,
  permit_holders: holder,
  permit_scope: holder,
  dynamic_ordinals: (_, value) => /^\d{1,9}$/.test(value),
};

/**
 * Kinds that assign consecutive numbers, with the first number. A single lost number is therefore
 * the one that no entry has.
 */
const firstNumbers: Readonly<Record<string, number>> = { registry: 0, code_versions: 1 };

/** The kinds of keys whose entries this file checks. */
export const entryKinds: ReadonlySet<string> = new Set([
  ...Object.keys(isReadable),
  ...Object.keys(firstNumbers),
]);

/**
 * Finds unreadable entries of hashes, sets and sorted sets. Readers skip them or fail, so they are
 * moved to another key before other checks compare anything.
 */
export async function lookAtEntries(
  store: StateStore,
  keys: readonly EntryKey[],
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { key, kind, type } of keys) {
    const firstNumber = firstNumbers[kind];
    if (firstNumber !== undefined) {
      found.push(...(await lookAtNumbers(store, key, firstNumber)));
      continue;
    }
    const check = isReadable[kind];
    if (check === undefined) continue;
    const wrong: UnreadableEntry[] = [];
    for await (const entry of scannedEntries(store, key, type))
      if (!check(entry.entry, entry.value)) wrong.push(entry);
    const [first] = wrong;
    if (first === undefined) continue;
    const text = first.value === "" ? first.entry : `${first.entry} ${first.value}`;
    found.push({
      check: "entry_unreadable",
      redisKey: key,
      count: wrong.length,
      problem: `The key "${key}" has ${wrong.length === 1 ? "an entry" : `${wrong.length} entries`} of an unreadable form ("${excerptOf(text)}").`,
      remedy: `It is moved to the key "${store.keys.setAside(key, "")}", and kept there for 90 days.`,
      repair: () => setAsideEntries(store, key, wrong),
    });
  }
  return found;
}

/** The entries of a hash, sorted set or set, one page for each call. */
export async function* scannedEntries(
  { redis }: StateStore,
  key: string,
  type: string,
): AsyncIterable<UnreadableEntry> {
  let cursor = "0";
  do {
    const [next, page] =
      type === "hash"
        ? await redis.hscanBuffer(key, cursor, "COUNT", entriesPerPage)
        : type === "zset"
          ? await redis.zscanBuffer(key, cursor, "COUNT", entriesPerPage)
          : await redis.sscanBuffer(key, cursor, "COUNT", entriesPerPage);
    cursor = next.toString();
    const step = type === "set" ? 1 : 2;
    for (let at = 0; at < page.length; at += step) {
      const entry = page[at] ?? noBytes;
      const value = type === "hash" ? (page[at + 1] ?? noBytes) : noBytes;
      yield { entry: entry.toString(), value: value.toString(), bytes: [entry, value] };
    }
  } while (cursor !== "0");
}

/**
 * A number is never removed, because state refers to it. An unreadable one is restored if only one
 * value is possible.
 */
async function lookAtNumbers(
  store: StateStore,
  key: string,
  firstNumber: number,
): Promise<Discrepancy[]> {
  const entries = Object.entries(await store.redis.hgetall(key));
  // Readers refuse more digits.
  const isNumber = (value: string) => /^\d{1,9}$/.test(value);
  const seen = new Set<number>();
  const shared = new Set<number>();
  for (const [, value] of entries)
    if (isNumber(value)) (seen.has(Number(value)) ? shared : seen).add(Number(value));
  // Two names with one number would share their state.
  const isWrong = (value: string) => !isNumber(value) || shared.has(Number(value));
  const wrong = entries.filter(([, value]) => isWrong(value));
  const [only] = wrong;
  if (only === undefined) return [];
  const known = new Set(entries.flatMap(([, value]) => (isWrong(value) ? [] : [Number(value)])));
  const free: number[] = [];
  for (let number = firstNumber; number < firstNumber + entries.length; number++)
    if (!known.has(number)) free.push(number);
  const [right] = free;
  const names = wrong.map(([entry]) => entry).join(", ");
  const about = {
    check: "entry_unreadable" as const,
    redisKey: key,
    count: wrong.length,
    problem: `The key "${key}" holds no number of its own for ${excerptOf(names)}, and state depends on these numbers.`,
  };
  if (wrong.length > 1 || free.length !== 1 || right === undefined)
    return [
      {
        ...about,
        remedy: `The doctor cannot know which of them had which number. Give each one of ${free.slice(0, 20).join(", ")} (redis-cli hset ${key} <name> <number>), or restore the key from a copy.`,
      },
    ];
  const [field, was] = only;
  return [
    {
      ...about,
      remedy: `The doctor gives it the number ${right}, the only free one.`,
      repair: () => mendNumbers(store, key, [{ field, was, right }]),
    },
  ];
}
