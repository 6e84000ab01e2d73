import { z } from "zod";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { chunkOf, chunkOrdinals, pageOf, pageRecords } from "../keys/keys.ts";
import { claimTagOf, writeRecordFacts } from "../keys/partitionRecord.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The outcome of a claimed partition's function. */
export interface Settlement extends PartitionAddress {
  readonly backfillId: string;
  readonly claimNumber: number;
  readonly outcome: "succeeded" | "failed";
  readonly attempt: number;
  readonly durationMs: number;
  /** JSON, bounded by the caller: the error of a failure, else metadata; undefined for none. */
  readonly note: string | undefined;
}

/** `refused`: the claim is no longer the newest, so another worker has the partition. */
export type SettlementAnswer = "settled" | "refused";

const answer = z.enum(["settled", "refused"]);
const reply = z.union([
  z.tuple([z.literal("settlements"), z.literal("all"), answer]),
  z.tuple([z.literal("settlements"), z.literal("each")], answer),
]);
const script = defineScript("settle_partitions", reply);

/** Bytes that the transition gets for each partition; `lua/settle_partitions.lua` describes them. */
const factsBytes = 19;

/**
 * Settles partitions of one asset under a session's claims, atomically. Calling again changes nothing.
 *
 * @param settlements at most `partitionsPerCall`
 * @returns an answer for each settlement, in order
 */
export async function settlePartitions(
  store: StateStore,
  registered: RegisteredAsset,
  session: string,
  settlements: readonly Settlement[],
): Promise<SettlementAnswer[]> {
  const { keys } = store;
  const asset = registered.asset.name;
  const keyList = [
    keys.claims(asset),
    keys.waiters(asset),
    keys.settlements(asset),
    keys.meta(asset),
  ];
  if (settlements.length === 0) return [];
  const facts = Buffer.allocUnsafe(settlements.length * factsBytes);
  const args: (string | number | Buffer)[] = [session, facts];
  const order: number[] = [];
  for (const { backfillId, lane, page, members } of groupByPage(settlements)) {
    const chunk = chunkOf(page * pageRecords);
    keyList.push(
      keys.ledger(asset, backfillId),
      keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
      keys.ledgerPlane(asset, backfillId, lane, "settled", chunk),
      keys.ledgerPlane(asset, backfillId, lane, "failed", chunk),
      keys.plane(asset, lane, "in_progress", chunk),
      keys.plane(asset, lane, "materialized", chunk),
      keys.plane(asset, lane, "failed", chunk),
      keys.records(asset, lane, page),
      keys.errors(asset, lane, page),
      keys.metadata(asset, lane, page),
      keys.attempts(asset, lane, page),
    );
    args.push(backfillId, lane, page, members.length);
    for (const { index, settlement } of members) {
      order.push(index);
      const at = (order.length - 1) * factsBytes;
      facts.writeUInt8(settlement.ordinal - page * pageRecords, at);
      facts.writeUInt8(settlement.note === undefined ? 0 : 1, at + 1);
      facts.writeUInt8(0, at + 2);
      facts.writeUIntBE(settlement.claimNumber, at + 3, 6);
      writeRecordFacts(facts, at + 9, {
        durationMs: settlement.durationMs,
        codeVersionNumber: registered.codeVersionNumber,
        failed: settlement.outcome === "failed",
        attempt: settlement.attempt,
        claimTag: claimTagOf(session, settlement.claimNumber),
      });
      if (settlement.note !== undefined) args.push(settlement.note);
    }
  }
  const [, how, ...words] = await script(store.redis, keyList, args);
  if (how === "all") return settlements.map(() => words[0] ?? "refused");
  const answers = new Array<SettlementAnswer>(settlements.length);
  for (const [at, index] of order.entries()) answers[index] = words[at] ?? "refused";
  return answers;
}

interface PageGroup {
  readonly backfillId: string;
  readonly lane: string;
  readonly page: number;
  readonly members: { readonly index: number; readonly settlement: Settlement }[];
}

/** Groups settlements by ledger and record page. A page lies in one chunk. */
function groupByPage(settlements: readonly Settlement[]): Iterable<PageGroup> {
  if (chunkOrdinals % pageRecords !== 0)
    throw new Error("Bug: a record page must lie in one chunk");
  const groups = new Map<string, PageGroup>();
  for (const [index, settlement] of settlements.entries()) {
    const { backfillId, lane } = settlement;
    const page = pageOf(settlement.ordinal);
    const name = `${backfillId} ${lane} ${page}`;
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = { backfillId, lane, page, members: [] }));
    group.members.push({ index, settlement });
  }
  return groups.values();
}
