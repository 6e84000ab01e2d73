import { storedSummarySchema } from "../deliveries/deliveries.ts";
import { documentedKey } from "../keys/documentedKey.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf } from "../redis/unreadable.ts";
import type { Discrepancy } from "./discrepancy.ts";
import type { EntryKey } from "./entryLook.ts";
import { setAsideEntries, setAsideKey, type UnreadableEntry } from "./setAside.ts";

/** Finds summaries that are due and cannot be delivered. */
export async function lookAtSummaries(
  store: StateStore,
  keys: readonly EntryKey[],
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { key, kind } of keys) {
    if (kind !== "summary") continue;
    const fields = await store.redis.hgetall(key);
    if (Object.keys(fields).length === 0) continue;
    const parsed = storedSummarySchema.safeParse(fields);
    if (parsed.success) continue;
    const { parts } = documentedKey(key.slice(store.namespace.length + 1)) ?? { parts: {} };
    const { backfill = "" } = parts as Readonly<Record<string, string | undefined>>;
    const deliveryId = `${backfill}-${key.slice(key.lastIndexOf(":") + 1)}`;
    const [issue] = parsed.error.issues;
    const field = String(issue?.path[0] ?? "");
    found.push({
      check: "text_unreadable",
      ...(backfill === "" ? {} : { backfillId: backfill }),
      redisKey: key,
      count: 1,
      problem: `The summary ${deliveryId} cannot be delivered, because its ${field} is unreadable ("${excerptOf(fields[field] ?? "")}").`,
      remedy: `It is set aside for 90 days as "${store.keys.setAside(key, "<instant>:")}", and nobody gets it.`,
      repair: () => setSummaryAside(store, key, deliveryId),
    });
  }
  return found;
}

async function setSummaryAside(store: StateStore, key: string, deliveryId: string): Promise<void> {
  const { keys, redis } = store;
  await setAsideKey(store, key, []);
  for (const list of [keys.deliveries, keys.parkedDeliveries]) {
    const members = (await redis.zrange(list, 0, "-1")).filter(
      (member) => member === deliveryId || member.startsWith(`${deliveryId} `),
    );
    const entries = members.map((entry): UnreadableEntry => ({ entry, value: "" }));
    if (entries.length > 0) await setAsideEntries(store, list, entries);
  }
}
