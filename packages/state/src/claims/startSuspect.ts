import { z } from "zod";
import { formatAddress } from "../keys/partitionAddress.ts";
import type { ClaimRequest } from "./claimPartitions.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const script = defineScript("start_suspect", z.tuple([z.enum(["started", "refused"])]));

/**
 * Records that a suspect starts now. Until then a death of this process does not count for the
 * partition.
 *
 * @returns whether it may start; if not, the claim is no longer the newest
 */
export async function startSuspect(
  store: StateStore,
  asset: string,
  session: string,
  { lane, ordinal, claimNumber }: ClaimRequest,
): Promise<boolean> {
  const [word] = await script(
    store.redis,
    [store.keys.claims(asset)],
    [session, claimNumber, formatAddress(lane, ordinal)],
  );
  return word === "started";
}

const judgeScript = defineScript("judge_lapse", z.tuple([z.enum(["judged", "refused"])]));

/**
 * Records that the last lapse of a claimed partition was no death, because the process that lost
 * the claim lives. Safe to call again.
 *
 * @param deaths as the claim's answer gave them
 * @returns whether the claim is still the newest
 */
export async function judgeLapse(
  store: StateStore,
  asset: string,
  session: string,
  { lane, ordinal, claimNumber }: ClaimRequest,
  deaths: number,
): Promise<boolean> {
  const args = [session, claimNumber, formatAddress(lane, ordinal), deaths];
  const [word] = await judgeScript(store.redis, [store.keys.claims(asset)], args);
  return word === "judged";
}
