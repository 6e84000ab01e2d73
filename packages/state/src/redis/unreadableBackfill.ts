import { InfillError } from "@infill/partitions";
import { excerptOf, isWrongType } from "./unreadable.ts";

/** What of a backfill cannot be read. */
export interface UnreadableField {
  /** A field of its hash, such as `settings`, or what else is kept of it, such as `ledger of "orders"`. */
  readonly field: string;
  /** What is wrong, to stand behind the field's name: "is not JSON". */
  readonly reason: string;
  /** What stands there; absent where nothing does. */
  readonly text?: string;
}

/** A backfill that exists and cannot be read. It is planned no further, and keeps no other from being planned. */
export class UnreadableBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_UNREADABLE";
  readonly backfillId: string;
  readonly field: string;
  readonly reason: string;
  /** What stands there; undefined where nothing does. The message quotes its first characters. */
  readonly text: string | undefined;
  /** When the doctor set it aside, epoch milliseconds; undefined where it has not. */
  readonly setAsideMs: number | undefined;

  constructor(backfillId: string, what: UnreadableField, setAsideMs?: number) {
    const { field, reason, text } = what;
    const found = quoted(text);
    const remove = `\`infill backfill delete ${backfillId} --force\` removes it`;
    super(
      setAsideMs === undefined
        ? `Backfill ${backfillId} cannot be read, because its ${field} ${reason}${found}; ${remove}, \`infill doctor --fix\` sets it aside.`
        : `Backfill ${backfillId} is set aside since ${new Date(setAsideMs).toISOString()}, because its ${field} could not be read (it ${reason}${found}); ${remove}.`,
    );
    this.backfillId = backfillId;
    this.field = field;
    this.reason = reason;
    this.text = text;
    this.setAsideMs = setAsideMs;
  }
}

/** Says which part of a backfill Redis refused to read, where it did so because of a key's type. Any other error is thrown again. */
export function refuseWrongType(error: unknown, backfillId: string, field: string): never {
  if (!isWrongType(error)) throw error;
  throw new UnreadableBackfillError(backfillId, { field, reason: "is a key of another type" });
}

/** What stands there, to be put behind a reason; "" where nothing does. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "" : `: "${excerptOf(text)}"`;
}
