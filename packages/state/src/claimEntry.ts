import type { PartitionAddress } from "./assetOrdinals.ts";
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

/**
 * Reads the entries of some partitions of one asset. One that cannot be read counts as none, as it does for the
 * transitions: nobody can settle under it, and the next claim replaces it.
 */
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

/** The running claims of one asset, in no order. Reads every entry, so it costs what is in flight. */
export async function* runningClaims(
  store: StateStore,
  asset: string,
): AsyncIterable<{ readonly address: PartitionAddress; readonly claim: ClaimEntry }> {
  let cursor = "0";
  do {
    const [next, page] = await store.redis.hscan(store.keys.claims(asset), cursor, "COUNT", 1_000);
    for (let index = 0; index < page.length; index += 2) {
      const field = page[index] ?? "";
      const claim = parseClaimEntry(page[index + 1] ?? "");
      if (claim?.state !== "running") continue;
      const colon = field.lastIndexOf(":");
      yield {
        address: { lane: field.slice(0, colon), ordinal: Number(field.slice(colon + 1)) },
        claim,
      };
    }
    cursor = next;
  } while (cursor !== "0");
}

/** Reads an entry; `lua/claim_partitions.lua` describes it. @returns undefined for text that is none */
export function parseClaimEntry(text: string): ClaimEntry | undefined {
  const [letter, session, claimNumber, attempt, deaths, startedMs, backfillId] = text.split(" ");
  if (
    session === undefined ||
    backfillId === undefined ||
    !(letter === "R" || letter === "W" || letter === "L")
  )
    return undefined;
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
