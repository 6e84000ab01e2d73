import type { StateStore } from "./stateStore.ts";

/** What is known of a partition that somebody works on, or of which an attempt has not led to an outcome. */
export interface ClaimEntry {
  readonly state: "running" | "retrying" | "lapsed";
  readonly session: string;
  readonly claimNumber: number;
  readonly attempt: number;
  readonly deaths: number;
  /** Epoch milliseconds, by Redis' clock. */
  readonly startedMs: number;
  readonly backfillId: string;
}

const states = { R: "running", W: "retrying", L: "lapsed" } as const;

/** Reads the entries of some partitions of one asset. */
export async function readClaims(
  store: StateStore,
  asset: string,
  addresses: readonly { readonly lane: string; readonly ordinal: number }[],
): Promise<(ClaimEntry | undefined)[]> {
  if (addresses.length === 0) return [];
  const fields = addresses.map(({ lane, ordinal }) => `${lane}:${ordinal}`);
  const entries = await store.redis.hmget(store.keys.claims(asset), ...fields);
  return entries.map((entry) => (entry === null ? undefined : parseClaimEntry(entry)));
}

/** Reads an entry; `lua/claim_partitions.lua` describes it. */
export function parseClaimEntry(text: string): ClaimEntry {
  const [letter, session, claimNumber, attempt, deaths, startedMs, backfillId] = text.split(" ");
  if (
    session === undefined ||
    backfillId === undefined ||
    !(letter === "R" || letter === "W" || letter === "L")
  ) {
    throw new Error(`Bug: claim entry "${text}"`);
  }
  return {
    state: states[letter],
    session,
    claimNumber: Number(claimNumber),
    attempt: Number(attempt),
    deaths: Number(deaths),
    startedMs: Number(startedMs),
    backfillId,
  };
}
