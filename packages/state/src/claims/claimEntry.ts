import { formatAddress, type PartitionAddress, parseAddress } from "../keys/partitionAddress.ts";
import type { StateStore } from "../store/stateStore.ts";

/** A claim on a partition: running, waiting for its next attempt, or lapsed. */
export interface ClaimEntry {
  readonly state: "running" | "retrying" | "lapsed";
  readonly session: string;
  readonly claimNumber: number;
  /** Starts of the function, including the running one. */
  readonly attempt: number;
  /** Starts during which the process died, as far as is known. */
  readonly deaths: number;
  /** Starts that lost their claim although the process lived. */
  readonly lapses: number;
  /** Starts that cost no try: the worker stopped, or the backfill was paused. */
  readonly freeStarts: number;
  /** Epoch milliseconds, by Redis' clock. */
  readonly startedMs: number;
  readonly backfillId: string;
}

const states = { R: "running", W: "retrying", L: "lapsed" } as const;

/**
 * Reads the entries of some partitions of one asset. Treats an unreadable entry as none, as the
 * transitions do: nobody can settle under it, and the next claim replaces it.
 */
export async function readClaims(
  store: StateStore,
  asset: string,
  addresses: readonly PartitionAddress[],
): Promise<(ClaimEntry | undefined)[]> {
  if (addresses.length === 0) return [];
  const fields = addresses.map(({ lane, ordinal }) => formatAddress(lane, ordinal));
  const entries = await store.redis.hmget(store.keys.claims(asset), ...fields);
  return entries.map((entry) => (entry === null ? undefined : parseClaimEntry(entry)));
}

/** The running claims of one asset, in no order. Reads every claim entry of the asset. */
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
      yield { address: parseAddress(field), claim };
    }
    cursor = next;
  } while (cursor !== "0");
}

/**
 * Parses an entry; `lua/claim_partitions.lua` describes it. @returns undefined for text of another
 * form
 */
export function parseClaimEntry(text: string): ClaimEntry | undefined {
  const [letter, session, claimNumber, attempt, counted, startedMs, backfillId] = text.split(" ");
  const tally = parseTally(counted ?? "");
  if (
    session === undefined ||
    backfillId === undefined ||
    tally === undefined ||
    !isCount(attempt) ||
    !isCount(claimNumber) ||
    !isCount(startedMs) ||
    !(letter === "R" || letter === "W" || letter === "L")
  )
    return undefined;
  return {
    state: states[letter],
    session,
    claimNumber: Number(claimNumber),
    attempt: Number(attempt),
    ...tally,
    startedMs: Number(startedMs),
    backfillId,
  };
}

/** The counts of a partition's starts; `lua/includes/tally.lua` describes the text. */
export type Tally = Pick<ClaimEntry, "deaths" | "lapses" | "freeStarts">;

/** @returns undefined for text of another form */
export function parseTally(text: string): Tally | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,9})\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [, deaths, lapses = 0, freeStarts = 0] = match;
  return { deaths: Number(deaths), lapses: Number(lapses), freeStarts: Number(freeStarts) };
}

function isCount(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
