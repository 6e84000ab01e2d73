import { z } from "zod";
import { formatAddress, type PartitionAddress, parseAddress } from "../keys/partitionAddress.ts";
import type { CappedScope } from "../keys/permitScopes.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The most claims for which one call takes or releases permits. */
export const holdersPerCall = 512;
/**
 * Milliseconds until the first review of a permit's claim. A process that claims later than half of
 * this after taking a permit must ask for the permit again before it starts anything.
 */
export const firstReviewMs = 10_000;
/** Milliseconds after which a refused backfill that does not ask again loses its place. */
export const patienceInLineMs = 3_000;

/** A claim that holds permits. */
export interface PermitHolder extends PartitionAddress {
  readonly session: string;
  readonly claimNumber: number;
  readonly asset: string;
}

/** A request for a permit of each of some scopes. */
export interface PermitRequest extends PermitHolder {
  readonly backfillId: string;
  readonly scopes: readonly CappedScope[];
}

/** `refused` names the first scope without a free permit; the call took nothing. */
export type PermitAnswer =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly scope: string };

/** The holder's name in Redis. Names of assets, lanes and sessions hold no space. */
export function holderName({ session, claimNumber, asset, lane, ordinal }: PermitHolder): string {
  return `${session} ${claimNumber} ${asset} ${formatAddress(lane, ordinal)}`;
}

/** Parses a holder's name. */
export function parseHolder(name: string): PermitHolder {
  const [session = "", claimNumber, asset = "", address = ""] = name.split(" ");
  return { session, claimNumber: Number(claimNumber), asset, ...parseAddress(address) };
}

const takeScript = defineScript(
  "take_permits",
  z.tuple([z.literal("permits")], z.string().regex(/^(granted|refused \S+)$/)),
);

/**
 * Takes permits atomically: for each request a permit of every scope, or none. Asking again changes
 * nothing.
 *
 * @param requests at most `holdersPerCall`
 * @param times until the first review of the claims, and until a refused backfill loses its place,
 *   in milliseconds
 * @returns an answer for each request, in order
 */
export async function takePermits(
  store: StateStore,
  requests: readonly PermitRequest[],
  times: { readonly reviewMs?: number; readonly patienceMs?: number } = {},
): Promise<PermitAnswer[]> {
  const { keys } = store;
  const places = new Map<string, number>();
  const keyList = [keys.permitHolders, keys.permitsHeld, keys.caps];
  const scopeArgs: (string | number)[] = [];
  const holderArgs: (string | number)[] = [];
  for (const request of requests) {
    holderArgs.push(holderName(request), request.backfillId, request.scopes.length);
    for (const { scope, cap } of request.scopes) {
      let place = places.get(scope);
      if (place === undefined) {
        places.set(scope, (place = places.size + 1));
        keyList.push(keys.permitScope(scope), keys.permitLine(scope));
        scopeArgs.push(scope, cap ?? "");
      }
      holderArgs.push(place);
    }
  }
  const [, ...texts] = await takeScript(store.redis, keyList, [
    times.reviewMs ?? firstReviewMs,
    times.patienceMs ?? patienceInLineMs,
    places.size,
    ...scopeArgs,
    ...holderArgs,
  ]);
  return texts.map((text) =>
    text === "granted"
      ? { kind: "granted" }
      : { kind: "refused", scope: text.slice("refused ".length) },
  );
}

const releaseScript = defineScript("release_permits", z.tuple([z.literal("released"), z.int()]));

/**
 * Returns permits after their claims have ended. A second call changes nothing.
 *
 * @param holders at most `holdersPerCall`
 * @returns how many held permits
 */
export async function releasePermits(
  store: StateStore,
  holders: readonly PermitHolder[],
): Promise<number> {
  const { keys } = store;
  const [, released] = await releaseScript(
    store.redis,
    [keys.permitHolders, keys.permitsHeld],
    [keys.permits, ...holders.map(holderName)],
  );
  return released;
}

/** How many permits of each scope are held, in the order given. */
export async function countPermits(
  store: StateStore,
  scopes: readonly string[],
): Promise<number[]> {
  return Promise.all(scopes.map((scope) => store.redis.scard(store.keys.permitScope(scope))));
}

/** At most this many of the holders of a scope. */
export async function permitHoldersOf(
  store: StateStore,
  scope: string,
  most: number,
): Promise<PermitHolder[]> {
  const names = await store.redis.srandmember(store.keys.permitScope(scope), most);
  return names.map(parseHolder);
}

/** The permits of one scope. */
export interface ScopeUse {
  readonly scope: string;
  readonly inUse: number;
  /** One of the holders. */
  readonly holder: PermitHolder;
}

/** The scopes with a prefix that have holders, those with the most permits first. */
export async function usedScopes(store: StateStore, prefix: string): Promise<ScopeUse[]> {
  const { keys, redis } = store;
  const held = new Map<string, string>();
  let cursor = "0";
  do {
    const [next, page] = await redis.hscan(keys.permitsHeld, cursor, "COUNT", 1_000);
    for (let index = 0; index < page.length; index += 2)
      held.set(page[index] ?? "", page[index + 1] ?? "");
    cursor = next;
  } while (cursor !== "0");
  const uses = new Map<string, ScopeUse>();
  for (const [name, scopes] of held) {
    for (const scope of scopes.split(" ")) {
      if (!scope.startsWith(prefix)) continue;
      const inUse = (uses.get(scope)?.inUse ?? 0) + 1;
      uses.set(scope, { scope, inUse, holder: parseHolder(name) });
    }
  }
  return [...uses.values()].sort((a, b) => b.inUse - a.inUse || (a.scope < b.scope ? -1 : 1));
}
