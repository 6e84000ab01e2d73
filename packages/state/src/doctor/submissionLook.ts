import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { readableSubmission } from "../submissions/submissions.ts";
import { excerptOf } from "../redis/unreadable.ts";
import type { BackfillRecord } from "../backfills/backfillRecord.ts";
import type { Discrepancy } from "./discrepancy.ts";
import type { EntryKey } from "./entryLook.ts";
import { setAsideKey } from "./setAside.ts";

const mendScript = defineScript("mend_submission", z.tuple([z.enum(["mended", "changed"])]));

/**
 * Finds unreadable submissions. Commands with such an idempotency key are refused until it is
 * repaired.
 */
export async function lookAtSubmissions(
  store: StateStore,
  keys: readonly EntryKey[],
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { key, kind } of keys) {
    if (kind !== "submission") continue;
    const fields = await store.redis.hgetall(key);
    const { backfill = "", digest = "" } = fields;
    const hasDigest = /^[0-9a-f]{32}$/.test(digest);
    if (Object.keys(fields).length === 0) continue;
    if (hasDigest && readableSubmission(fields) !== undefined) continue;
    const about = {
      check: "text_unreadable" as const,
      redisKey: key,
      count: 1,
      problem: `The submission under an idempotency key is unreadable ("${excerptOf(JSON.stringify(fields))}"), so commands with that key are refused.`,
    };
    const record = records.get(backfill);
    if (record !== undefined && hasDigest) {
      const { assets, plannedMs, dynamic } = record.header;
      const values = [JSON.stringify(assets), dynamic === undefined ? "" : JSON.stringify(dynamic)];
      found.push({
        ...about,
        backfillId: backfill,
        remedy: `The doctor writes it again from the header of ${backfill}.`,
        repair: () => mendScript(store.redis, [key], [backfill, plannedMs, ...values]),
      });
    } else
      found.push({
        ...about,
        remedy: `It is set aside for 90 days as "${store.keys.setAside(key, "<instant>:")}"; the idempotency key then creates a new backfill, so first check whether the old one exists: infill backfill list.`,
        repair: () => setAsideKey(store, key, []),
      });
  }
  return found;
}
