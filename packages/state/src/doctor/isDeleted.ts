import type { StateStore } from "../store/stateStore.ts";
import { answersOf } from "../redis/answersOf.ts";

/**
 * Whether a backfill is deleted or its deletion has begun, read at one instant. Its other keys are
 * deleted after that mark.
 */
export async function isDeleted({ redis, keys }: StateStore, id: string): Promise<boolean> {
  const header = keys.backfill(id);
  const look = await redis.multi().exists(header).hexists(header, "deleting").exec();
  const [exists, deleting] = answersOf(look);
  return exists === 0 || deleting === 1;
}
