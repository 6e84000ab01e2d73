import { z } from "zod";
import { defineScript } from "../../redis/script.ts";
import type { StateStore } from "../../store/stateStore.ts";

const mended = z.tuple([z.literal("mended"), z.int()]);
const permitsScript = defineScript("mend_permits", mended);
const lineScript = defineScript("mend_line", mended);

/** A holder of permits whose notes disagree. */
export interface HolderToMend {
  /** As `holderName` spells it. */
  readonly holder: string;
  /**
   * `give`: its claim runs, so it gets a permit of each scope. `agree`: it keeps the scopes that
   * any note gives it.
   */
  readonly how: "give" | "agree";
  readonly scopes: readonly string[];
}

/** Most holders that one call repairs. */
const holdersPerCall = 128;

/**
 * Makes the notes about holders agree, and schedules their review. @returns how many holders
 * changed
 */
export async function mendPermits(
  store: StateStore,
  holders: readonly HolderToMend[],
): Promise<number> {
  const { keys } = store;
  let total = 0;
  for (let first = 0; first < holders.length; first += holdersPerCall) {
    const page = holders.slice(first, first + holdersPerCall);
    const scopes = new Set(page.flatMap((one) => one.scopes));
    const [, count] = await permitsScript(
      store.redis,
      [keys.permitHolders, keys.permitsHeld, ...Array.from(scopes, keys.permitScope)],
      [
        keys.permits,
        ...page.flatMap(({ holder, how, scopes: its }) => [holder, how, its.length, ...its]),
      ],
    );
    total += count;
  }
  return total;
}

/**
 * Removes a backfill from a scope's line, unless it has asked again. @param entry as the check read
 * it
 */
export async function mendLine(
  store: StateStore,
  scope: string,
  backfillId: string,
  entry: string,
): Promise<void> {
  await lineScript(store.redis, [store.keys.permitLine(scope)], [backfillId, entry]);
}
