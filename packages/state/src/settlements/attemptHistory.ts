import type { PartitionAddress } from "../keys/assetOrdinals.ts";
import { recordBytes, unpackRecord } from "../keys/partitionRecord.ts";
import { pageOf, pageRecords } from "../keys/keys.ts";
import type { StateStore } from "../store/stateStore.ts";

const letters = {
  s: "succeeded",
  f: "failed",
  t: "retried",
  g: "given_back",
  p: "paused",
  c: "canceled",
  l: "lapsed",
} as const;

/**
 * How an attempt ended. `retried`: it failed and another follows. `given_back`: its worker was stopped. `paused`, `canceled`:
 * its backfill was. `lapsed`: the lease of its worker ended, because that died, stood still or lost Redis.
 */
export type AttemptEnd = (typeof letters)[keyof typeof letters];

/** An attempt at a partition that has ended. */
export interface AttemptEntry {
  readonly ended: AttemptEnd;
  /** Epoch milliseconds, by Redis' clock. */
  readonly endedMs: number;
  readonly durationMs: number;
  readonly attempt: number;
  readonly backfillNumber: number;
  /** Whose claim it ran under; undefined where it is not known any more. */
  readonly session: string | undefined;
  /** Name and message of its error, at most 200 bytes; "" for none. */
  readonly error: string;
}

/** Attempts that are told of. */
const mostAttempts = 5;
const line = /^([sftgpcl]) (\d+) (\d+) (\d+) (\d+) (\S+) (.*)$/;

/** Reads a history as `lua/includes/append_attempts.lua` writes it; lines that are none are left out. */
export function parseAttempts(text: string): AttemptEntry[] {
  return text.split("\n").flatMap((written) => {
    const [, letter, ended, took, attempt, number, session, error] = line.exec(written) ?? [];
    if (letter === undefined || session === undefined || error === undefined) return [];
    return {
      // The pattern has these letters only.
      ended: letters[letter as keyof typeof letters],
      endedMs: Number(ended),
      durationMs: Number(took),
      attempt: Number(attempt),
      backfillNumber: Number(number),
      session: session === "-" ? undefined : session,
      // It may have been cut within a character.
      error: error.replace(/\uFFFD+$/, ""),
    };
  });
}

/**
 * The newest attempts at some partitions before the one that their record tells of, and that one too where it was no success
 * at the first attempt; oldest first, at most five each.
 */
export async function readAttempts(
  store: StateStore,
  asset: string,
  addresses: readonly PartitionAddress[],
): Promise<AttemptEntry[][]> {
  if (addresses.length === 0) return [];
  const pipeline = store.redis.pipeline();
  for (const { lane, ordinal } of addresses) {
    const page = pageOf(ordinal);
    const offset = ordinal - page * pageRecords;
    const earlier = (pageRecords + offset) * recordBytes;
    pipeline.hget(store.keys.attempts(asset, lane, page), String(offset));
    pipeline.getrangeBuffer(
      store.keys.records(asset, lane, page),
      earlier,
      earlier + recordBytes - 1,
    );
  }
  const answers = (await pipeline.exec()) ?? [];
  return addresses.map((_, at) => {
    const text = answers[2 * at]?.[1];
    const earlier = attemptOf(answers[2 * at + 1]?.[1]);
    const lines = typeof text === "string" ? parseAttempts(text) : [];
    return [...(earlier === undefined ? [] : [earlier]), ...lines]
      .toSorted((one, other) => one.endedMs - other.endedMs)
      .slice(-mostAttempts);
  });
}

/** A record as an attempt. Who had it is not recorded. */
function attemptOf(bytes: unknown): AttemptEntry | undefined {
  if (!Buffer.isBuffer(bytes) || bytes.length < recordBytes) return undefined;
  const record = unpackRecord(bytes);
  if (record === undefined) return undefined;
  const { settledMs: endedMs, durationMs, attempt, backfillNumber, failed } = record;
  const ended = failed ? "failed" : "succeeded";
  return { ended, endedMs, durationMs, attempt, backfillNumber, session: undefined, error: "" };
}
