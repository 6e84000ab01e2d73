import { pageOf, pageRecords } from "../keys/keys.ts";
import { type PartitionRecord, recordBytes, unpackRecord } from "../keys/partitionRecord.ts";
import type { StateStore } from "../store/stateStore.ts";

/** What is known of a partition's last settlement. */
export interface LastSettlementNote {
  readonly ordinal: number;
  readonly record: PartitionRecord | undefined;
  /** JSON of its error; undefined if it did not fail. */
  readonly error: string | undefined;
}

/**
 * Reads records and errors of partitions of one lane, two calls a record page instead of two a partition.
 *
 * @param ordinals ascending; at most a few hundred, since an error may have 8 KB
 */
export async function readLastSettlements(
  store: StateStore,
  asset: string,
  lane: string,
  ordinals: readonly number[],
): Promise<LastSettlementNote[]> {
  const pages = groupByPage(ordinals);
  const pipeline = store.redis.pipeline();
  for (const [page, members] of pages) {
    const fields = members.map((ordinal) => String(ordinal - page * pageRecords));
    pipeline.hmget(store.keys.errors(asset, lane, page), ...fields);
    pipeline.getBuffer(store.keys.records(asset, lane, page));
  }
  const answers = (await pipeline.exec()) ?? [];
  const found: LastSettlementNote[] = [];
  for (const [at, [page, members]] of [...pages].entries()) {
    const errors = valueOf(answers[2 * at]);
    const records = valueOf(answers[2 * at + 1]);
    for (const [index, ordinal] of members.entries()) {
      const start = (ordinal - page * pageRecords) * recordBytes;
      const error: unknown = Array.isArray(errors) ? errors[index] : undefined;
      found.push({
        ordinal,
        record: Buffer.isBuffer(records)
          ? unpackRecord(records.subarray(start, start + recordBytes))
          : undefined,
        error: typeof error === "string" ? error : undefined,
      });
    }
  }
  return found;
}

function valueOf(answer: readonly [Error | null, unknown] | undefined): unknown {
  const [error, value] = answer ?? [null, undefined];
  if (error !== null) throw error;
  return value;
}

function groupByPage(ordinals: readonly number[]): Map<number, number[]> {
  const pages = new Map<number, number[]>();
  for (const ordinal of ordinals) {
    const page = pageOf(ordinal);
    const members = pages.get(page);
    if (members === undefined) pages.set(page, [ordinal]);
    else members.push(ordinal);
  }
  return pages;
}
