import { z } from "zod";
import { logEntryJson } from "../log/backfillLog.ts";
import { noRevision, parseOrdinalRuns } from "../dynamic/dynamicKeyHistory.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { Discrepancy } from "./discrepancy.ts";

/** Entries and keys that one call reads or repairs. */
const perCall = 1_000;
/** Most reads of a definition whose keys keep changing. */
const mostLooks = 3;

/** One definition's keys, read while nothing changed. */
interface Kept {
  readonly revision: string;
  /** Ordinals that are present by the stream of changes; undefined if the stream is lost. */
  readonly standing: ReadonlySet<number> | undefined;
  readonly names: readonly string[];
  readonly ordinals: ReadonlyMap<string, number>;
  readonly present: Buffer;
}

/**
 * Checks whether the four keys of each dynamic definition agree.
 *
 * @param definitions names of those with at least one key
 * @returns also one sentence for each definition that kept changing, so that no check was possible
 */
export async function lookAtDynamicKeys(
  store: StateStore,
  definitions: Iterable<string>,
): Promise<{ readonly found: Discrepancy[]; readonly notes: string[] }> {
  const found: Discrepancy[] = [];
  const notes: string[] = [];
  for (const name of definitions) {
    const kept = await readKept(store, name);
    if (kept === undefined) {
      notes.push(
        `The keys of dynamic partitions "${name}" change constantly; run the doctor again later.`,
      );
      continue;
    }
    const { keys, differs } = truthOf(kept);
    if (differs === 0) continue;
    found.push({
      check: "dynamic_differs",
      detail: name,
      redisKey: store.keys.dynamicChanges(name),
      count: differs,
      problem: `The records of the keys of dynamic partitions "${name}" (ordinals, names, present keys, changes) disagree.`,
      remedy:
        "The doctor completes names and ordinals from each other. It restores the present keys from the changes, or the changes from the present keys if the changes are lost.",
      repair: () => mend(store, name, kept.revision, keys, kept.standing === undefined),
    });
  }
  return { found, notes };
}

/** A key and whether it is present. */
interface TrueKey {
  readonly key: string;
  readonly isPresent: boolean;
}

/** Computes the right values, and how many ordinals differ from them. */
function truthOf({ standing, names, ordinals, present }: Kept): {
  readonly keys: readonly TrueKey[];
  readonly differs: number;
} {
  const byOrdinal = new Map(Array.from(ordinals, ([key, ordinal]) => [ordinal, key]));
  const bitAt = (ordinal: number) =>
    (((present[ordinal >> 3] ?? 0) >> (7 - (ordinal & 7))) & 1) === 1;
  const highest = Math.max(names.length - 1, lastOf(byOrdinal));
  const keys: TrueKey[] = [];
  let differs = standing === undefined && names.length + ordinals.size > 0 ? 1 : 0;
  for (let ordinal = 0; ordinal <= highest; ordinal++) {
    const key = names[ordinal] ?? byOrdinal.get(ordinal);
    // A key that both name lists have lost is unknown; later keys keep their ordinals.
    if (key === undefined) {
      keys.push({ key: `lost ${ordinal}`, isPresent: false });
      differs++;
      continue;
    }
    const isPresent = standing?.has(ordinal) ?? bitAt(ordinal);
    keys.push({ key, isPresent });
    if (names[ordinal] !== key || ordinals.get(key) !== ordinal || bitAt(ordinal) !== isPresent)
      differs++;
  }
  return { keys, differs };
}

function lastOf(byOrdinal: ReadonlyMap<number, string>): number {
  let last = -1;
  for (const ordinal of byOrdinal.keys()) last = Math.max(last, ordinal);
  return last;
}

async function readKept(store: StateStore, name: string): Promise<Kept | undefined> {
  for (let look = 0; look < mostLooks; look++) {
    const before = await newestChange(store, name);
    const kept = {
      revision: before,
      standing: before === noRevision ? undefined : await readStanding(store, name),
      names: await readNames(store, name),
      ordinals: await readOrdinals(store, name),
      present: (await store.redis.getBuffer(store.keys.dynamicPresent(name))) ?? Buffer.alloc(0),
    };
    if ((await newestChange(store, name)) === before) return kept;
  }
  return undefined;
}

async function newestChange({ redis, keys }: StateStore, name: string): Promise<string> {
  const [newest] = await redis.xrevrange(keys.dynamicChanges(name), "+", "-", "COUNT", 1);
  return newest?.[0] ?? noRevision;
}

/** The ordinals that are present by the stream of changes. */
async function readStanding({ redis, keys }: StateStore, name: string): Promise<Set<number>> {
  const standing = new Set<number>();
  for (let after = "-"; ; ) {
    const page = await redis.xrange(keys.dynamicChanges(name), after, "+", "COUNT", perCall);
    for (const [, [, what, , runs = ""]] of page) {
      for (const [first, last] of parseOrdinalRuns(runs)) {
        for (let ordinal = first; ordinal <= last; ordinal++) {
          if (what === "added") standing.add(ordinal);
          else standing.delete(ordinal);
        }
      }
    }
    const last = page.at(-1)?.[0];
    if (page.length < perCall || last === undefined) return standing;
    after = `(${last}`;
  }
}

async function readNames({ redis, keys }: StateStore, name: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const first = names.length;
    const page = await redis.lrange(keys.dynamicNames(name), first, first + perCall - 1);
    names.push(...page);
    if (page.length < perCall) return names;
  }
}

async function readOrdinals(
  { redis, keys }: StateStore,
  name: string,
): Promise<Map<string, number>> {
  const ordinals = new Map<string, number>();
  let cursor = "0";
  do {
    const [next, page] = await redis.hscan(keys.dynamicOrdinals(name), cursor, "COUNT", perCall);
    cursor = next;
    for (let at = 0; at < page.length; at += 2) ordinals.set(page[at] ?? "", Number(page[at + 1]));
  } while (cursor !== "0");
  return ordinals;
}

const mendScript = defineScript(
  "mend_dynamic_keys",
  z.union([z.tuple([z.literal("mended"), z.string()]), z.tuple([z.literal("changed")])]),
);

/** Writes the right values, one page for each call; stops if the keys change meanwhile. */
async function mend(
  store: StateStore,
  name: string,
  looked: string,
  truth: readonly TrueKey[],
  isStreamLost: boolean,
): Promise<void> {
  const { keys, redis } = store;
  const entry = logEntryJson({ what: "added", actor: "doctor", reason: "its changes were lost" });
  let revision = looked;
  for (let first = 0; first < truth.length; first += perCall) {
    const page = truth.slice(first, first + perCall);
    const runs = page
      .flatMap(({ isPresent }, at) => (isPresent ? [String(first + at)] : []))
      .join(",");
    const answer = await mendScript(
      redis,
      [
        keys.dynamicOrdinals(name),
        keys.dynamicNames(name),
        keys.dynamicPresent(name),
        keys.dynamicChanges(name),
      ],
      [
        revision,
        first,
        isStreamLost ? entry : "",
        runs,
        ...page.flatMap(({ key, isPresent }) => [key, isPresent ? 1 : 0]),
      ],
    );
    if (answer[0] === "changed") return;
    revision = answer[1];
  }
}
