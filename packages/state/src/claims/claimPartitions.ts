import { z } from "zod";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { parseTally, type Tally } from "./claimEntry.ts";
import { chunkOf, chunkOrdinals } from "../keys/keys.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The most partitions that one call claims, settles or releases. */
export const partitionsPerCall = 512;

/** A request to claim one partition for one backfill. */
export interface ClaimRequest extends PartitionAddress {
  readonly backfillId: string;
  /** The claim's id, together with the session. A session never uses a number twice. */
  readonly claimNumber: number;
  /**
   * Whether the session holds permits for this claim. `none` (default). `held`: of each of its
   * scopes. `ask`: none; the caller only asks whether the claim would be granted.
   */
  readonly permit?: "none" | "held" | "ask";
}

/** The answer to a request; `lua/claim_partitions.lua` describes each. */
export type ClaimAnswer =
  | ({
      readonly kind: "claimed";
      /** The number of this start of the function within the backfill's turn at the partition. */
      readonly attempt: number;
      /** The session that lost the previous claim on the partition. */
      readonly lapsedSession: string | undefined;
    } & Tally)
  | { readonly kind: "held" | "stopped" | "capped" | "gone" | "unregistered" };

const reply = z.union([
  z.tuple([z.literal("claims"), z.literal("all"), z.string()]),
  z.tuple([z.literal("claims"), z.literal("each")], z.string()),
  z.tuple([z.literal("unregistered")]),
]);
const script = defineScript("claim_partitions", reply);

/**
 * Claims partitions of one asset for a session, atomically.
 *
 * @param requests at most `partitionsPerCall`
 * @param leaseMs how long the session's lease lasts from now without a renewal
 * @returns an answer for each request, in order
 */
export async function claimPartitions(
  store: StateStore,
  registered: RegisteredAsset,
  session: string,
  leaseMs: number,
  requests: readonly ClaimRequest[],
): Promise<ClaimAnswer[]> {
  if (requests.length === 0) return [];
  const { keys } = store;
  const asset = registered.asset.name;
  const groups = groupByLedgerChunk(requests);
  const keyList = [keys.meta(asset), keys.sessions(asset), keys.claims(asset), keys.waiters(asset)];
  const args: (string | number)[] = [keys.root(asset), registered.epoch, session, leaseMs];
  const order: number[] = [];
  for (const { backfillId, lane, chunk, members } of groups) {
    keyList.push(
      keys.ledger(asset, backfillId),
      keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
      keys.plane(asset, lane, "in_progress", chunk),
    );
    const runsAt = args.push(backfillId, lane, chunk, 0) - 1;
    let runs = 0;
    let previous: ClaimRequest | undefined;
    for (const { index, request } of members) {
      order.push(index);
      if (previous !== undefined && follows(request, previous)) {
        // Its run is one longer.
        const lengthAt = args.length - 3;
        args[lengthAt] = Number(args[lengthAt]) + 1;
      } else {
        runs++;
        const offset = request.ordinal - chunk * chunkOrdinals;
        args.push(offset, 1, request.claimNumber, request.permit ?? "none");
      }
      previous = request;
    }
    args[runsAt] = runs;
  }
  const [word, how, ...texts] = await script(store.redis, keyList, args);
  if (word === "unregistered") return requests.map(() => ({ kind: "unregistered" }));
  if (how === "all") {
    const answer = parseAnswer(texts[0]);
    return requests.map(() => answer);
  }
  const answers = new Array<ClaimAnswer>(requests.length);
  for (const [at, index] of order.entries()) answers[index] = parseAnswer(texts[at]);
  return answers;
}

/** Whether a request is for the next neighbor of another one, under the next number. */
function follows(request: ClaimRequest, previous: ClaimRequest): boolean {
  return (
    request.ordinal === previous.ordinal + 1 &&
    request.claimNumber === previous.claimNumber + 1 &&
    (request.permit ?? "none") === (previous.permit ?? "none")
  );
}

function parseAnswer(text: string | undefined): ClaimAnswer {
  if (text === "held" || text === "stopped" || text === "capped" || text === "gone")
    return { kind: text };
  const [word, attempt, counted = "", lapsed] = text?.split(" ") ?? [];
  const tally = parseTally(counted);
  if (word !== "claimed" || tally === undefined)
    throw new Error(`Bug: claim_partitions.lua answered ${text}`);
  const lapsedSession = lapsed === "-" ? undefined : lapsed;
  return { kind: "claimed", attempt: Number(attempt), ...tally, lapsedSession };
}

interface ChunkGroup {
  readonly backfillId: string;
  readonly lane: string;
  readonly chunk: number;
  readonly members: { readonly index: number; readonly request: ClaimRequest }[];
}

/** Groups requests by ledger and chunk, so that a call names their keys once. */
function groupByLedgerChunk(requests: readonly ClaimRequest[]): Iterable<ChunkGroup> {
  const groups = new Map<string, ChunkGroup>();
  for (const [index, request] of requests.entries()) {
    const { backfillId, lane } = request;
    const chunk = chunkOf(request.ordinal);
    const name = `${backfillId} ${lane} ${chunk}`;
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = { backfillId, lane, chunk, members: [] }));
    group.members.push({ index, request });
  }
  return groups.values();
}
