import { asset } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import { openLedger, type RegisteredAsset, registerAsset, type StateStore } from "../index.ts";

/**
 * The partitions of one backfill by state: ordinals of one lane and chunk, and the counters as
 * text.
 */
export interface LedgerRow {
  /** Default: running. */
  readonly control?: string;
  readonly queued?: readonly number[];
  readonly settled?: readonly number[];
  readonly failed?: readonly number[];
  readonly skipped?: readonly number[];
  readonly canceled?: readonly number[];
  /** The canceled ones that a user dropped by hand. */
  readonly dropped?: readonly number[];
  /**
   * "<queued> queued, <in progress> in progress, <succeeded> succeeded, <failed> failed", then
   * skipped, canceled and reopened unless they are 0. Default before a call: the counts of the
   * bits.
   */
  readonly counts?: string;
}

const bitsOfLedger = ["queued", "settled", "failed", "skipped", "canceled", "dropped"] as const;

/** The state of one asset, as a row of a test table. Empty parts are left out. */
export interface StateRow {
  /**
   * Claim entries by ordinal: "R s1 7 1 0 now bf_A" (`lua/claim_partitions.lua`). "now" is any
   * instant but 0.
   */
  readonly claims?: Readonly<Record<number, string>>;
  /**
   * Waiting backfills by ordinal, separated by spaces; "!" before one that will rerun the
   * partition.
   */
  readonly waiters?: Readonly<Record<number, string>>;
  readonly inProgress?: readonly number[];
  readonly materialized?: readonly number[];
  readonly failed?: readonly number[];
  readonly ledgers: Readonly<Record<string, LedgerRow>>;
}

export interface TableScene {
  readonly registered: RegisteredAsset;
  /** @returns the state, and the texts of the settlement stream since {@link openTableScene}. */
  readState(): Promise<StateRow & { readonly told: readonly string[] }>;
}

let nextAsset = 1;

/**
 * A new asset with eight partitions whose keys hold the row's state; each ledger selects all of
 * them.
 */
export async function openTableScene(store: StateStore, before: StateRow): Promise<TableScene> {
  const { redis, keys } = store;
  const names = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const name = `table${nextAsset++}`;
  const partitions = staticPartitions(names);
  const definition = asset({ name, partitions, materialize: () => {} });
  const registered = await registerAsset(store, definition);
  const all = subsetFromKeys(definition.partitions, names, { nowMs: 0 });

  const setBits = async (key: string, ordinals: readonly number[] = []): Promise<void> => {
    for (const ordinal of ordinals) await redis.setbit(key, ordinal, 1);
  };
  for (const plane of ["materialized", "failed"] as const)
    await setBits(keys.plane(name, "", plane, 0), before[plane]);
  await setBits(keys.plane(name, "", "in_progress", 0), before.inProgress);
  for (const [ordinal, entry] of Object.entries(before.claims ?? {}))
    await redis.hset(keys.claims(name), `:${ordinal}`, entry.replace(" now ", " 1000 "));
  for (const [ordinal, waiting] of Object.entries(before.waiters ?? {}))
    await redis.hset(
      keys.waiters(name),
      `:${ordinal}`,
      waiting.replaceAll(/[^ !]+/g, (id) => keys.ledger(name, id)),
    );
  for (const [id, row] of Object.entries(before.ledgers)) {
    await openLedger(store, registered, id, all);
    for (const plane of bitsOfLedger)
      await setBits(keys.ledgerPlane(name, id, "", plane, 0), row[plane]);
    const [failed, skipped, canceled] = [row.failed, row.skipped, row.canceled].map(
      (ordinals) => ordinals?.length ?? 0,
    ) as [number, number, number];
    await redis.hset(keys.ledger(name, id), {
      control: row.control ?? "running",
      queued: row.queued?.length ?? 0,
      in_progress: Object.values(before.claims ?? {}).filter(
        (entry) => entry.startsWith("R ") && entry.endsWith(` ${id}`),
      ).length,
      succeeded: (row.settled?.length ?? 0) - failed - skipped - canceled,
      failed,
      skipped,
      canceled,
    });
  }

  const bits = async (key: string): Promise<number[]> => {
    const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(0);
    return names.flatMap((_, at) => (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1 ? [at] : []));
  };
  const readLedger = async (id: string): Promise<LedgerRow> => {
    const planes: Partial<Record<(typeof bitsOfLedger)[number], number[]>> = {};
    for (const plane of bitsOfLedger)
      planes[plane] = await bits(keys.ledgerPlane(name, id, "", plane, 0));
    const { control = "", ...counters } = await redis.hgetall(keys.ledger(name, id));
    const others = ["skipped", "canceled", "reopened"].filter(
      (word) => (counters[word] ?? "0") !== "0",
    );
    return {
      ...(control === "running" ? {} : { control }),
      ...withoutEmpty(planes),
      counts: ["queued", "in_progress", "succeeded", "failed", ...others]
        .map((word) => `${counters[word]} ${word.replace("_", " ")}`)
        .join(", "),
    };
  };
  return {
    registered,
    async readState() {
      const claims = await redis.hgetall(keys.claims(name));
      const waiters = await redis.hgetall(keys.waiters(name));
      const ledgers: Record<string, LedgerRow> = {};
      for (const id of Object.keys(before.ledgers)) ledgers[id] = await readLedger(id);
      const stream = await redis.xrange(keys.settlements(name), "-", "+");
      const scratch = await redis.keys(`${keys.root(name)}:*scratch*`);
      if (scratch.length > 0) throw new Error(`A transition left ${scratch.join(", ")} behind.`);
      return {
        ...withoutEmpty({
          claims: Object.fromEntries(
            Object.entries(claims).map(([field, entry]) => [
              field.slice(1),
              entry.replace(/ [1-9]\d* (\S+)$/, " now $1"),
            ]),
          ),
          waiters: Object.fromEntries(
            Object.entries(waiters).map(([field, text]) => [
              field.slice(1),
              text.replaceAll(keys.ledger(name, ""), ""),
            ]),
          ),
          inProgress: await bits(keys.plane(name, "", "in_progress", 0)),
          materialized: await bits(keys.plane(name, "", "materialized", 0)),
          failed: await bits(keys.plane(name, "", "failed", 0)),
        }),
        ledgers,
        told: stream.map(([, fields]) => fields[3] ?? ""),
      };
    },
  };
}

/** The non-empty entries of an object. */
function withoutEmpty<T extends object>(row: T): Partial<T> {
  const held = Object.entries(row).filter(([, value]) => Object.keys(Object(value)).length > 0);
  return Object.fromEntries(held) as Partial<T>;
}
