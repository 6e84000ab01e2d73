import { z } from "zod";
import type { ClaimRequest } from "./claimPartitions.ts";
import { defineScript } from "./script.ts";
import type { StateStore } from "./stateStore.ts";

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
