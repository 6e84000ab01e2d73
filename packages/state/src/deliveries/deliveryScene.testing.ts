import type { StateStore } from "../store/stateStore.ts";

/**
 * Deliveries, summaries and logs, as a row of a test table. "A-1 hook" stands for the delivery of
 * summary 1 of backfill A to the target "hook". Empty parts are left out.
 */
export interface DeliveryRow {
  /**
   * When each delivery is due: "now" is an instant of the call, "later" an hour after it, "<n>"
   * epoch milliseconds.
   */
  readonly due?: Readonly<Record<string, string>>;
  /** When each delivery was parked, in the same words. */
  readonly parked?: Readonly<Record<string, string>>;
  /** The fields of summaries, by their names, such as "A-1". */
  readonly summaries?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the log of each existing backfill has: the words of its entries, separated by spaces. */
  readonly logs?: Readonly<Record<string, string>>;
}

/** What "later" means, after the call. */
export const laterMs = 3_600_000;

export interface DeliveryScene {
  readState(): Promise<DeliveryRow>;
}

/** Replaces all deliveries and backfills by the row's. */
export async function openDeliveryScene(
  store: StateStore,
  before: DeliveryRow,
): Promise<DeliveryScene> {
  const { redis, keys } = store;
  const left = await redis.keys(`${keys.backfillRoot}:*`);
  if (left.length > 0) await redis.del(...left);
  const now = async (): Promise<number> => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  };
  const openedMs = await now();
  const instants: Readonly<Record<string, number>> = { now: openedMs, later: openedMs + laterMs };
  for (const [key, listed] of [
    [keys.deliveries, before.due],
    [keys.parkedDeliveries, before.parked],
  ] as const)
    for (const [delivery, at] of Object.entries(listed ?? {}))
      await redis.zadd(key, instants[at] ?? at, delivery);
  for (const [name, fields] of Object.entries(before.summaries ?? {}))
    await redis.hset(`${keys.backfillRoot}:${name.replace("-", ":summary:")}`, fields);
  for (const backfill of Object.keys(before.logs ?? {}))
    await redis.hset(keys.backfill(backfill), "status", "succeeded");

  return {
    async readState() {
      const readMs = await now();
      const wordOf = (atMs: number): string => {
        const isAround = (byMs: number) => openedMs <= atMs - byMs && atMs - byMs <= readMs;
        return isAround(0) ? "now" : isAround(laterMs) ? "later" : `${atMs}`;
      };
      const listOf = async (key: string): Promise<Record<string, string>> => {
        const members = await redis.zrange(key, 0, "-1", "WITHSCORES");
        return Object.fromEntries(
          members.flatMap((member, at) =>
            at % 2 === 0 ? [[member, wordOf(Number(members[at + 1]))]] : [],
          ),
        );
      };
      const summaries: Record<string, Record<string, string>> = {};
      for (const key of await redis.keys(`${keys.backfillRoot}:*:summary:*`)) {
        const name = key.slice(keys.backfillRoot.length + 1).replace(":summary:", "-");
        summaries[name] = await redis.hgetall(key);
      }
      const logs: Record<string, string> = {};
      for (const key of await redis.keys(`${keys.backfillRoot}:*`)) {
        const id = key.slice(keys.backfillRoot.length + 1).split(":")[0] ?? "";
        if (key !== keys.backfill(id) && key !== keys.backfillLog(id)) continue;
        if (key === keys.deliveries || key === keys.parkedDeliveries) continue;
        const entries = await redis.lrange(keys.backfillLog(id), 0, -1);
        logs[id] = entries.map((entry) => /"what":"(\w+)"/.exec(entry)?.[1] ?? entry).join(" ");
      }
      const parts = Object.entries({
        due: await listOf(keys.deliveries),
        parked: await listOf(keys.parkedDeliveries),
        summaries,
        logs,
      });
      return Object.fromEntries(parts.filter(([, part]) => Object.keys(part).length > 0));
    },
  };
}
