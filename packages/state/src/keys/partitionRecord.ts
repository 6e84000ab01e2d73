import { createHash } from "node:crypto";

/** Bytes of one record; `lua/settle_partitions.lua` describes them. */
export const recordBytes = 19;

/**
 * The part of a record that the worker sends; the transition adds the time and the backfill's
 * number.
 */
export interface RecordFacts {
  /** 0 to 4,294,967,295; longer durations are recorded as that. */
  readonly durationMs: number;
  /** 0 to 65,535. */
  readonly codeVersionNumber: number;
  readonly failed: boolean;
  /** From 1; more than 127 are recorded as 127. */
  readonly attempt: number;
  readonly claimTag: number;
}

/** A partition's last settlement. */
export interface PartitionRecord extends RecordFacts {
  /** Epoch milliseconds. */
  readonly settledMs: number;
  readonly backfillNumber: number;
}

/**
 * 24 bits of a claim's id, which identify a repeated settlement. Never 0, the value of an empty
 * record.
 */
export function claimTagOf(session: string, claimNumber: number): number {
  return (sessionHash(session) + Math.imul(claimNumber, 0x9e3779b1)) >>> 8 || 1;
}

const hashes = new Map<string, number>();

function sessionHash(session: string): number {
  let hash = hashes.get(session);
  if (hash === undefined) {
    hash = createHash("sha1").update(session).digest().readUInt32BE(0);
    hashes.clear();
    hashes.set(session, hash);
  }
  return hash;
}

/** Writes the 10 bytes that the worker sends. */
export function writeRecordFacts(bytes: Buffer, at: number, facts: RecordFacts): void {
  bytes.writeUInt32BE(Math.min(Math.max(0, Math.round(facts.durationMs)), 0xffffffff), at);
  bytes.writeUInt16BE(facts.codeVersionNumber & 0xffff, at + 4);
  bytes.writeUInt8((facts.failed ? 128 : 0) | Math.min(facts.attempt, 127), at + 6);
  bytes.writeUIntBE(facts.claimTag, at + 7, 3);
}

/**
 * Parses one record.
 *
 * @param bytes `recordBytes` of them
 * @returns undefined if the record is empty
 */
export function unpackRecord(bytes: Buffer): PartitionRecord | undefined {
  const settledMs = bytes.readUIntBE(0, 6);
  if (settledMs === 0) return undefined;
  const outcome = bytes.readUInt8(15);
  return {
    settledMs,
    durationMs: bytes.readUInt32BE(6),
    backfillNumber: bytes.readUIntBE(10, 3),
    codeVersionNumber: bytes.readUInt16BE(13),
    failed: outcome >= 128,
    attempt: outcome & 127,
    claimTag: bytes.readUIntBE(16, 3),
  };
}
