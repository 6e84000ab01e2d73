import { z } from "zod";
import type { ClaimRequest } from "./claimPartitions.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const script = defineScript("start_suspect", z.tuple([z.enum(["started", "refused"])]));

/**
 * Says that a claimed partition starts with which a process died before. Until then a death of this process does not count
 * for it.
 *
 * @returns whether it may start; the claim is no longer the newest otherwise
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
    [session, claimNumber, `${lane}:${ordinal}`],
  );
  return word === "started";
}

const judgeScript = defineScript("judge_lapse", z.tuple([z.enum(["judged", "refused"])]));

/**
 * Says that the last lapse of a claimed partition was no death, because the process that lost its claim lives. Calling
 * again changes nothing.
 *
 * @param deaths as the claim told them
 * @returns whether the claim is still the newest
 */
export async function judgeLapse(
  store: StateStore,
  asset: string,
  session: string,
  { lane, ordinal, claimNumber }: ClaimRequest,
  deaths: number,
): Promise<boolean> {
  const args = [session, claimNumber, `${lane}:${ordinal}`, deaths];
  const [word] = await judgeScript(store.redis, [store.keys.claims(asset)], args);
  return word === "judged";
}
