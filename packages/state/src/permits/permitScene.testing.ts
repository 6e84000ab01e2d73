import type { StateStore } from "../store/stateStore.ts";
import { holderName, type PermitHolder } from "./permits.ts";

/** The state of all permits, as a row of a test table. Empty parts are left out. */
export interface PermitRow {
  /**
   * The scopes of each holder, separated by spaces. A holder is the number of its claim. "~" before
   * them: the next review is a review time from now; otherwise it is at 1.
   */
  readonly held?: Readonly<Record<number, string>>;
  /**
   * Waiting backfills by scope: "<number> <last asked>". "before" is shortly before the call, "now"
   * during the call, "long ago" longer than {@link patienceMs}.
   */
  readonly lines?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Recorded caps by scope. */
  readonly caps?: Readonly<Record<string, string>>;
  /** The JSON of overruns by holder; "~" before one that the call recorded. */
  readonly overruns?: Readonly<Record<number, string>>;
}

export const reviewMs = 3_600_000;
export const patienceMs = 7_200_000;
const shortlyMs = 1_000;

/** The claim with a number. */
export function holderOf(claimNumber: number): PermitHolder {
  return { session: "s1", claimNumber, asset: "loads", lane: "", ordinal: claimNumber };
}

export interface PermitScene {
  readState(): Promise<PermitRow>;
}

/** Replaces all permits by the row's. */
export async function openPermitScene(store: StateStore, before: PermitRow): Promise<PermitScene> {
  const { redis, keys } = store;
  const left = await redis.keys(`${keys.permits}:*`);
  if (left.length > 0) await redis.del(...left);
  const now = async (): Promise<number> => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  };
  const openedMs = await now();
  for (const [number, scopes] of Object.entries(before.held ?? {})) {
    const holder = holderName(holderOf(Number(number)));
    await redis.hset(keys.permitsHeld, holder, scopes);
    await redis.zadd(keys.permitHolders, 1, holder);
    for (const scope of wordsOf(scopes)) await redis.sadd(keys.permitScope(scope), holder);
  }
  for (const [scope, line] of Object.entries(before.lines ?? {}))
    for (const [backfill, place] of Object.entries(line))
      await redis.hset(
        keys.permitLine(scope),
        backfill,
        place
          .replace("before", `${openedMs - shortlyMs}`)
          .replace("long ago", `${openedMs - patienceMs - shortlyMs}`),
      );
  for (const [scope, cap] of Object.entries(before.caps ?? {}))
    await redis.hset(keys.caps, scope, cap);
  for (const [number, json] of Object.entries(before.overruns ?? {}))
    await redis.hset(keys.overruns, holderName(holderOf(Number(number))), `1 ${json}`);

  return {
    async readState() {
      const readMs = await now();
      /** Whether an instant is this long after the call. */
      const isAfterCall = (atMs: number, byMs: number) =>
        openedMs <= atMs - byMs && atMs - byMs <= readMs;
      const held: Record<number, string> = {};
      const reviews = await redis.zrange(keys.permitHolders, 0, "-1", "WITHSCORES");
      const stored = await redis.hgetall(keys.permitsHeld);
      for (let at = 0; at < reviews.length; at += 2) {
        const [holder = "", score] = reviews.slice(at, at + 2);
        const mark = isAfterCall(Number(score), reviewMs) ? "~" : score === "1" ? "" : `${score}:`;
        held[numberOf(holder)] = `${mark}${stored[holder]}`;
      }
      for (const holder of Object.keys(stored)) held[numberOf(holder)] ??= "without a review";
      const members = await membersOf(store);
      const named = Object.entries(stored).flatMap(([holder, scopes]) =>
        wordsOf(scopes).map((scope) => `${scope}: ${holder}`),
      );
      if (members.join() !== named.toSorted().join())
        throw new Error(`The sets hold ${members.join(", ")}; expected ${named.join(", ")}.`);
      const lines: Record<string, Record<string, string>> = {};
      for (const key of await redis.keys(keys.permitLine("*"))) {
        const line = await redis.hgetall(key);
        const places = Object.entries(line).map(([backfill, place]) => {
          const [number, asked] = place.split(" ");
          const word = Number(asked) === openedMs - shortlyMs ? "before" : asked;
          return [backfill, `${number} ${isAfterCall(Number(asked), 0) ? "now" : word}`];
        });
        lines[key.slice(keys.permitLine("").length)] = Object.fromEntries(places);
      }
      const caps = await redis.hgetall(keys.caps);
      const overruns: Record<number, string> = {};
      for (const [holder, text] of Object.entries(await redis.hgetall(keys.overruns))) {
        const [since = "", json = ""] = text.split(/ (.*)/);
        overruns[numberOf(holder)] = `${isAfterCall(Number(since), 0) ? "~" : ""}${json}`;
      }
      const parts = Object.entries({ held, lines, caps, overruns });
      return Object.fromEntries(parts.filter(([, part]) => Object.keys(part).length > 0));
    },
  };
}

/** The members of all sets of scopes, as "<scope>: <holder>", sorted. */
async function membersOf({ redis, keys }: StateStore): Promise<string[]> {
  const found: string[] = [];
  for (const key of await redis.keys(keys.permitScope("*")))
    for (const holder of await redis.smembers(key))
      found.push(`${key.slice(keys.permitScope("").length)}: ${holder}`);
  return found.toSorted();
}

function wordsOf(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

function numberOf(holder: string): number {
  return Number(holder.split(" ")[1]);
}
