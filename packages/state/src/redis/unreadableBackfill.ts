import { InfillError } from "@infill/partitions";
import { excerptOf, isWrongType } from "./unreadable.ts";

/** The unreadable part of a backfill. */
export interface UnreadableField {
  /** A field of its hash, such as `settings`, or another part, such as `ledger of "orders"`. */
  readonly field: string;
  /** What is wrong, to follow the field's name: "is not JSON". */
  readonly reason: string;
  /** The stored text; absent if there is none. */
  readonly text?: string;
}

/** The backfill exists but is unreadable. Planners leave it alone and continue with the others. */
export class UnreadableBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_UNREADABLE";
  readonly backfillId: string;
  readonly field: string;
  readonly reason: string;
  /** The stored text; undefined if there is none. The message quotes its first characters. */
  readonly text: string | undefined;
  /** When the doctor set it aside, epoch milliseconds; undefined if it has not. */
  readonly setAsideMs: number | undefined;

  constructor(backfillId: string, what: UnreadableField, setAsideMs?: number) {
    const { field, reason, text } = what;
    const found = quoted(text);
    const remove = `\`infill backfill delete ${backfillId} --force\` removes it`;
    super(
      setAsideMs === undefined
        ? `Backfill ${backfillId} is unreadable, because its ${field} ${reason}${found}; ${remove}, \`infill doctor --fix\` sets it aside.`
        : `Backfill ${backfillId} has been set aside since ${new Date(setAsideMs).toISOString()}, because its ${field} was unreadable (it ${reason}${found}); ${remove}.`,
    );
    this.backfillId = backfillId;
    this.field = field;
    this.reason = reason;
    this.text = text;
    this.setAsideMs = setAsideMs;
  }
}

/**
 * Turns Redis' refusal of a key's type into an error that names the part of the backfill. Throws
 * any other error again.
 */
export function refuseWrongType(error: unknown, backfillId: string, field: string): never {
  if (!isWrongType(error)) throw error;
  throw new UnreadableBackfillError(backfillId, { field, reason: "is a key of another type" });
}

/** Quotes a stored text, to follow a reason; "" if there is none. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "" : `: "${excerptOf(text)}"`;
}
