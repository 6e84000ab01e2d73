import { z } from "zod";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { chunkOf, pageOf } from "../keys/keys.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The end of a claim without an outcome; `lua/release_partitions.lua` describes each way. */
export interface Release extends PartitionAddress {
  readonly backfillId: string;
  readonly claimNumber: number;
  readonly how: "retry" | "give_back" | "unstarted" | "stop" | "cancel";
  /**
   * Set if the function was started, so that the history keeps the attempt; with the first line of
   * the error of a `retry`.
   */
  readonly ran?: { readonly error?: string };
}

export type ReleaseAnswer = "released" | "refused";

const reply = z.tuple([z.literal("releases")], z.enum(["released", "refused"]));
const script = defineScript("release_partitions", reply);

/** Releases claims of one asset, atomically. @param releases at most `partitionsPerCall` */
export async function releasePartitions(
  store: StateStore,
  asset: string,
  session: string,
  releases: readonly Release[],
): Promise<readonly ReleaseAnswer[]> {
  const { keys } = store;
  const keyList = [
    keys.claims(asset),
    keys.waiters(asset),
    keys.settlements(asset),
    keys.meta(asset),
  ];
  const args: (string | number)[] = [session];
  for (const { backfillId, lane, ordinal, claimNumber, how, ran } of releases) {
    const chunk = chunkOf(ordinal);
    keyList.push(
      keys.ledger(asset, backfillId),
      keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
      keys.plane(asset, lane, "in_progress", chunk),
      keys.attempts(asset, lane, pageOf(ordinal)),
    );
    const note = ran === undefined ? "" : `=${ran.error ?? ""}`;
    args.push(backfillId, lane, ordinal, claimNumber, how, note);
  }
  const [, ...answers] = await script(store.redis, keyList, args);
  return answers;
}
