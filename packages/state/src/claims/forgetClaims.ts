import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const script = defineScript("forget_claims", z.tuple([z.literal("forgot"), z.string(), z.int()]));

/**
 * Removes the waiting and lapsed claims of an ended backfill on one asset. Running claims stay.
 *
 * @returns how many entries were removed
 */
export async function forgetClaims(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<number> {
  let forgotten = 0;
  let cursor = "0";
  do {
    const [, next, count] = await script(
      store.redis,
      [store.keys.claims(asset)],
      [backfillId, cursor],
    );
    forgotten += count;
    cursor = next;
  } while (cursor !== "0");
  return forgotten;
}
