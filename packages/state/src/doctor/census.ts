import { documentedKey, type KeyType } from "../keys/documentedKey.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type EntryKey, entryKinds } from "./entryLook.ts";
import { setAsideKey } from "./setAside.ts";
import { textKeyKinds } from "./textLook.ts";
import { removeScratch } from "./mending/mend.ts";
import { type Place, placeName } from "../keys/place.ts";

/** The keys of one asset whose number no other key gives. */
export interface AssetCensus {
  /** Backfills that have a ledger key, with the chunks of their planes. */
  readonly ledgers: Map<string, Map<string, Place>>;
  /** Chunks of the in-progress plane. */
  readonly inProgress: Map<string, Place>;
  /** Record pages, by lane and page number. */
  readonly pages: Map<string, { readonly lane: string; readonly page: number }>;
}

/**
 * What a namespace holds, from a scan of all keys. Every key that exists during the whole scan is
 * in it.
 */
export interface Census {
  readonly keys: number;
  readonly assets: ReadonlyMap<string, AssetCensus>;
  readonly backfills: ReadonlySet<string>;
  readonly leases: ReadonlySet<string>;
  /** For each queue, the ids of the jobs that have a hash. */
  readonly pools: ReadonlyMap<string, Set<string>>;
  /** Scopes that have a set of holders, and scopes that have a line. */
  readonly permits: { readonly scopes: ReadonlySet<string>; readonly lines: ReadonlySet<string> };
  /** Names of dynamic definitions. */
  readonly dynamic: ReadonlySet<string>;
  /** Keys whose entries have a fixed form. */
  readonly entries: readonly EntryKey[];
  /** Keys of logs, histories, notes, submissions, plans and summaries. */
  readonly texts: readonly EntryKey[];
  /** Keys of what the doctor has set aside. */
  readonly setAside: readonly string[];
  readonly found: readonly Discrepancy[];
  /**
   * What a key of a wrong type makes unreadable: names of assets, `asset backfill` of ledgers, and
   * "" for the namespace.
   */
  readonly unreadable: ReadonlySet<string>;
}

/** Reads the name and type of every key of the namespace, one page of a scan for each call. */
export async function takeCensus(store: StateStore): Promise<Census> {
  const { redis, namespace } = store;
  const prefix = `${namespace}:`;
  const assets = new Map<string, AssetCensus>();
  const backfills = new Set<string>();
  const leases = new Set<string>();
  const pools = new Map<string, Set<string>>();
  const permits = { scopes: new Set<string>(), lines: new Set<string>() };
  const dynamic = new Set<string>();
  const entries: EntryKey[] = [];
  const texts: EntryKey[] = [];
  const setAside: string[] = [];
  const found: Discrepancy[] = [];
  const unreadable = new Set<string>();
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(
      cursor,
      "MATCH",
      `${prefix.replace(/[*?[\]\\]/g, "\\$&")}*`,
      "COUNT",
      1_000,
    );
    cursor = next;
    const fresh = keys.filter((key) => !seen.has(key));
    for (const key of fresh) seen.add(key);
    const types = await typesOf(store, fresh);
    for (const [at, key] of fresh.entries()) {
      const type = types[at] ?? "none";
      // Deleted since the scan saw it.
      if (type === "none") continue;
      const known = documentedKey(key.slice(prefix.length));
      if (known === undefined) {
        found.push(strangeKey(key));
        continue;
      }
      const { kind, parts } = known;
      // The check of backfills reports a header of a wrong type.
      if (kind === "backfill") {
        noteKey({ assets, backfills, leases, pools, permits, dynamic }, kind, parts);
        continue;
      }
      if (!known.types.some((expected) => expected === type)) {
        found.push(wrongType(store, key, type, known.types));
        const { asset, backfill } = parts;
        if (asset === undefined) unreadable.add("");
        else unreadable.add(backfill === undefined ? asset : `${asset} ${backfill}`);
        continue;
      }
      noteKey({ assets, backfills, leases, pools, permits, dynamic }, kind, parts);
      if (entryKinds.has(kind)) entries.push({ key, kind, type });
      if (isText(kind)) texts.push({ key, kind, type });
      if (kind === "set_aside") setAside.push(key);
      if (kind === "scratch") found.push(scratchLeft(store, key));
    }
  } while (cursor !== "0");
  const places = { assets, backfills, leases, pools, permits, dynamic };
  return { keys: seen.size, ...places, entries, texts, setAside, found, unreadable };
}

function isText(kind: string): boolean {
  return textKeyKinds.has(kind) || kind === "submission" || kind === "summary";
}

function noteKey(
  census: {
    readonly assets: Map<string, AssetCensus>;
    readonly backfills: Set<string>;
    readonly leases: Set<string>;
    readonly pools: Map<string, Set<string>>;
    readonly permits: { readonly scopes: Set<string>; readonly lines: Set<string> };
    readonly dynamic: Set<string>;
  },
  kind: string,
  parts: Readonly<Record<string, string>>,
): void {
  const { asset, backfill, lane = "", chunk, page, plane, pool, job, scope, definition } = parts;
  if (asset !== undefined) {
    const entry = valueAt(census.assets, asset, () => ({
      ledgers: new Map(),
      inProgress: new Map(),
      pages: new Map(),
    }));
    const place = { lane, chunk: Number(chunk) };
    if (backfill !== undefined) {
      const places = valueAt(entry.ledgers, backfill, () => new Map<string, Place>());
      if (kind === "ledger_plane") places.set(placeName(place), place);
    }
    if (kind === "plane" && plane === "in_progress") entry.inProgress.set(placeName(place), place);
    if (kind === "records") entry.pages.set(`${lane}:${page}`, { lane, page: Number(page) });
    return;
  }
  if (backfill !== undefined && kind === "backfill") census.backfills.add(backfill);
  if (backfill !== undefined && kind === "backfill_lease") census.leases.add(backfill);
  if (scope !== undefined && kind === "permit_scope") census.permits.scopes.add(scope);
  if (scope !== undefined && kind === "permit_line") census.permits.lines.add(scope);
  if (definition !== undefined) census.dynamic.add(decodeURIComponent(definition));
  if (pool === undefined) return;
  const jobs = valueAt(census.pools, pool, () => new Set<string>());
  if (kind === "job" && job !== undefined) jobs.add(job);
}

function valueAt<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

async function typesOf(store: StateStore, keys: readonly string[]): Promise<string[]> {
  const pipeline = store.redis.pipeline();
  for (const key of keys) pipeline.type(key);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([, type]) => String(type));
}

function strangeKey(key: string): Discrepancy {
  return {
    check: "key_unknown",
    redisKey: key,
    count: 1,
    problem: `The key "${key}" is under this namespace, and nothing of this version makes a key of that name.`,
    remedy: "Find out who wrote it; the doctor does not remove unknown keys.",
  };
}

function wrongType(
  store: StateStore,
  key: string,
  type: string,
  expected: readonly KeyType[],
): Discrepancy {
  return {
    check: "key_type",
    redisKey: key,
    count: 1,
    problem: `The key "${key}" is a ${type}, but must be a ${expected.join(" or ")}; every reader of it fails.`,
    remedy: `It is renamed to "${store.keys.setAside(key, "<instant>:")}", and kept there for 90 days; the doctor computes its content again if it can.`,
    repair: () => setAsideKey(store, key, expected),
  };
}

function scratchLeft(store: StateStore, key: string): Discrepancy {
  return {
    check: "scratch_left",
    redisKey: key,
    count: 1,
    problem: `The key "${key}" is a temporary key of a transition, which should delete it before it ends.`,
    remedy: "It is deleted.",
    repair: () => removeScratch(store, key),
  };
}
