import type { StateStore } from "../store/stateStore.ts";
import type { Census } from "./census.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type HolderToMend, mendLine, mendPermits } from "./mending/mendPermits.ts";
import { answersOf } from "../redis/answersOf.ts";

/** Most holders that one step reads; equal to the limit for one asset's claims. */
const mostHolders = 16_384;

/** All notes about permits, read at one instant. */
export interface PermitNotes {
  /** Epoch milliseconds, by Redis' clock. */
  readonly nowMs: number;
  /** The scopes of each holder, as `held` names them. */
  readonly held: ReadonlyMap<string, readonly string[]>;
  /** Time of each holder's next review, epoch milliseconds. */
  readonly reviews: ReadonlyMap<string, number>;
  /** The members of the scopes' sets, of the scopes that were read. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  /** Recorded caps by scope, as text. */
  readonly caps: ReadonlyMap<string, string>;
  /** The entries of each scope's line, by backfill. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Reads all permits, caps and lines at one instant; they share a slot.
 *
 * @param census gives the scopes and lines; scopes that holders name are read too
 * @returns the number of holders if there are too many for one step
 */
export async function readPermitNotes(
  store: StateStore,
  { scopes: known, lines }: Census["permits"],
): Promise<PermitNotes | number> {
  const { redis, keys } = store;
  const count = await redis.hlen(keys.permitsHeld);
  if (count > mostHolders) return count;
  const scopes = new Set(known);
  // First find the sets, then read everything at one instant.
  for (const text of await redis.hvals(keys.permitsHeld))
    for (const scope of namesIn(text)) scopes.add(scope);
  const step = redis
    .multi()
    .time()
    .hgetall(keys.permitsHeld)
    .zrange(keys.permitHolders, 0, "-1", "WITHSCORES")
    .hgetall(keys.caps);
  for (const scope of scopes) step.smembers(keys.permitScope(scope));
  for (const scope of lines) step.hgetall(keys.permitLine(scope));
  const [time, held, reviews, caps, ...rest] = answersOf(await step.exec());
  const [seconds, micros] = texts(time);
  const scored = texts(reviews);
  return {
    nowMs: Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000),
    held: new Map(Array.from(fields(held), ([holder, text]) => [holder, namesIn(text)])),
    reviews: new Map(
      scored.flatMap((holder, at) => (at % 2 === 0 ? [[holder, Number(scored[at + 1])]] : [])),
    ),
    caps: fields(caps),
    members: new Map(Array.from(scopes, (scope, at) => [scope, new Set(texts(rest[at]))])),
    lines: new Map(Array.from(lines, (scope, at) => [scope, fields(rest[scopes.size + at])])),
  };
}

/**
 * Compares the notes about each holder, and finds unreadable places in lines. All of it was read at
 * one instant.
 */
export function lookAtPermitNotes(store: StateStore, notes: PermitNotes): Discrepancy[] {
  const { held, reviews, members, lines } = notes;
  const named = new Map<string, Set<string>>();
  const add = (holder: string, scope?: string) => {
    const scopes = named.get(holder) ?? new Set();
    if (scope !== undefined) scopes.add(scope);
    named.set(holder, scopes);
  };
  for (const [scope, holders] of members) for (const holder of holders) add(holder, scope);
  for (const holder of reviews.keys()) add(holder);
  for (const [holder, scopes] of held) for (const scope of scopes) add(holder, scope);
  const wrong: HolderToMend[] = [];
  for (const [holder, scopes] of named) {
    const its = held.get(holder);
    const isNoted =
      its !== undefined &&
      its.length > 0 &&
      new Set(its).size === its.length &&
      reviews.has(holder);
    const agrees = [...scopes].every((scope) => {
      const set = members.get(scope);
      // A set that was created after the sets were listed.
      return set === undefined || set.has(holder) === (its?.includes(scope) === true);
    });
    if (!isNoted || !agrees) wrong.push({ holder, how: "agree", scopes: [...scopes] });
  }
  const found: Discrepancy[] = [];
  if (wrong.length > 0)
    found.push({
      check: "permit_differs",
      detail: wrong[0]?.holder ?? "",
      count: wrong.length,
      problem:
        "Some holders of permits are not in all three places: the set of a scope, the scopes of each holder, the times of reviews.",
      remedy: "They keep every recorded permit until a review of their claims.",
      repair: () => mendPermits(store, wrong),
    });
  for (const [scope, entries] of lines) {
    for (const [backfillId, entry] of entries) {
      if (placeInLine(entry) !== undefined) continue;
      found.push({
        check: "permit_line_broken",
        backfillId,
        detail: scope,
        count: 1,
        problem: `A backfill's place in the line of the scope ${scope} is unreadable, so nobody gets a permit of it.`,
        remedy: "The doctor takes it out of the line; it joins the end when it asks again.",
        repair: () => mendLine(store, scope, backfillId, entry),
      });
    }
  }
  return found;
}

/**
 * A backfill's place in a line: its number, and when it last asked. @returns undefined for text of
 * another form
 */
export function placeInLine(
  entry: string,
): { readonly number: number; readonly askedMs: number } | undefined {
  const [, number, asked] = /^(\d+) (\d+)$/.exec(entry) ?? [];
  return number === undefined || asked === undefined
    ? undefined
    : { number: Number(number), askedMs: Number(asked) };
}

function namesIn(text: string): string[] {
  return text.split(" ").filter((name) => name !== "");
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function fields(value: unknown): Map<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : new Map();
}
