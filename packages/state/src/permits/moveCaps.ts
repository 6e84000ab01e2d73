import type { StateStore } from "../store/stateStore.ts";
import { assetScope, valueScope } from "../keys/permitScopes.ts";

/** Recorded caps that one call reads. */
const capsPerCall = 500;

/**
 * Deletes the recorded caps of an asset and of keys of its dimensions, or moves them to another
 * name. Safe to call again after an interruption.
 *
 * @param to the other name; undefined to delete them
 */
export async function moveCaps(
  { redis, keys }: StateStore,
  from: string,
  to: string | undefined,
): Promise<void> {
  const values = valueScope(from, "", "").slice(0, -1);
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscan(keys.caps, cursor, "COUNT", capsPerCall);
    cursor = next;
    for (let at = 0; at < entries.length; at += 2) {
      const [scope = "", cap = ""] = entries.slice(at, at + 2);
      const isWhole = scope === assetScope(from);
      if (!isWhole && !scope.startsWith(values)) continue;
      const step = redis.multi();
      if (to !== undefined) {
        const moved = valueScope(to, "", "").slice(0, -1) + scope.slice(values.length);
        step.hset(keys.caps, isWhole ? assetScope(to) : moved, cap);
      }
      await step.hdel(keys.caps, scope).exec();
    }
  } while (cursor !== "0");
}
