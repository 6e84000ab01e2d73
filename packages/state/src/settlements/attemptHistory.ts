import type { PartitionAddress } from "../keys/partitionAddress.ts";
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
 * How an attempt ended. `retried`: it failed and another follows. `given_back`: its worker stopped.
 * `paused`, `canceled`: its backfill was. `lapsed`: its worker's lease ended, because the worker
 * died, froze or lost Redis.
 */
export type AttemptEnd = (typeof letters)[keyof typeof letters];

/** An attempt that has ended. */
export interface AttemptEntry {
  readonly ended: AttemptEnd;
  /** Epoch milliseconds, by Redis' clock. */
  readonly endedMs: number;
  readonly durationMs: number;
  readonly attempt: number;
  readonly backfillNumber: number;
  /** The session of its claim; undefined if it is no longer known. */
  readonly session: string | undefined;
  /** Name and message of its error, at most 200 bytes; "" for none. */
  readonly error: string;
}

/** Most attempts that are listed. */
const mostAttempts = 5;
const line = /^([sftgpcl]) (\d{1,15}) (\d{1,15}) (\d{1,9}) (\d{1,9}) (\S+) (.*)$/;

/**
 * Parses a history as `lua/includes/append_attempts.lua` writes it. Skips lines of another form.
 */
export function parseAttempts(text: string): AttemptEntry[] {
  return text.split("\n").flatMap((written) => {
    const [, letter, ended, took, attempt, number, session, error] = line.exec(written) ?? [];
    if (letter === undefined || session === undefined || error === undefined) return [];
    return {
      // The pattern permits only these letters.
      ended: letters[letter as keyof typeof letters],
      endedMs: Number(ended),
      durationMs: Number(took),
      attempt: Number(attempt),
      backfillNumber: Number(number),
      session: session === "-" ? undefined : session,
      // The text may have been cut within a character.
      error: error.replace(/\uFFFD+$/, ""),
    };
  });
}

/**
 * The newest attempts at some partitions, oldest first, at most five each. Includes the attempt of
 * the present record only if it is not a success at the first attempt.
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

/** A record as an attempt. Records do not keep the session. */
function attemptOf(bytes: unknown): AttemptEntry | undefined {
  if (!Buffer.isBuffer(bytes) || bytes.length < recordBytes) return undefined;
  const record = unpackRecord(bytes);
  if (record === undefined) return undefined;
  const { settledMs: endedMs, durationMs, attempt, backfillNumber, failed } = record;
  const ended = failed ? "failed" : "succeeded";
  return { ended, endedMs, durationMs, attempt, backfillNumber, session: undefined, error: "" };
}
