import { InfillError } from "@infill/partitions";

/** The first characters of a stored text, on one line, for people. */
export function excerptOf(text: string): string {
  const line = text.slice(0, 1_000).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/** Parses stored JSON; undefined for text that is not JSON, which no schema accepts. */
export function storedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Whether Redis refused a command because of the key's type, or a transition because of a value
 * that it cannot do without.
 */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && /^(WRONGTYPE|UNREADABLE)\b/.test(error.message);
}

/** An important key has a wrong type or an unreadable value. */
export class StateUnreadableError extends InfillError {
  readonly code = "INFILL_STATE_UNREADABLE";

  constructor(what: string, options?: { readonly cause?: unknown }) {
    super(
      `${what} is unreadable, because a key in Redis has another type than its name says, or holds an unreadable value: \`infill doctor\` names the key, \`infill doctor --fix\` sets it aside.`,
      options,
    );
  }
}

/** @param cause Redis' error about one of its keys */
export function unreadableAsset(name: string, cause: unknown): StateUnreadableError {
  return new StateUnreadableError(`The state of asset "${name}"`, { cause });
}
