import { randomBytes } from "node:crypto";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The form of a backfill id. */
export const backfillIdPattern = /^bf_[0-9A-HJKMNP-TV-Z]{26}$/;

/** Returns this many random bytes. */
export type RandomBytes = (count: number) => Iterable<number>;

/**
 * A new backfill id: `bf_` and a ULID, 48 bits of the instant and 80 random ones. Ids sort by age,
 * and no failover of Redis can hand one out twice.
 *
 * @param nowMs epoch milliseconds
 * @param bytes source of the random bits; default: the machine's source. Tests that must be
 *   reproducible pass their own
 */
export function newBackfillId(nowMs: number, bytes: RandomBytes = randomBytes): string {
  let text = "";
  let rest = nowMs;
  for (let index = 0; index < 10; index++) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  for (const byte of bytes(16)) text += alphabet.charAt(byte % 32);
  return `bf_${text}`;
}

/** The instant in a backfill's id, epoch milliseconds; 0 for an id of another form. */
export function submittedMs(id: string): number {
  const digits = /^bf_([0-9A-HJKMNP-TV-Z]{10})/.exec(id)?.[1] ?? "";
  let ms = 0;
  for (const digit of digits) ms = ms * 32 + alphabet.indexOf(digit);
  return ms;
}
