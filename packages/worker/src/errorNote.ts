import { errorFingerprint } from "@infill/core";

/** Bytes of JSON that are kept of an error. */
const maxBytes = 8_000;

/**
 * What is kept of a failure: JSON of a fingerprint, a name, a message and a stack, at most 8 KB, whatever was thrown.
 * The fingerprint is that of the whole message, of which only a part may be kept.
 */
export function errorNote(thrown: unknown): string {
  const name = textOf(() => (thrown instanceof Error ? thrown.name : typeof thrown), "Error");
  const message = textOf(
    () => (thrown instanceof Error ? thrown.message : String(thrown)),
    "unreadable error",
  );
  const stack = textOf(() => (thrown instanceof Error ? (thrown.stack ?? "") : ""), "");
  const fingerprint = errorFingerprint(cut(name, 200), message);
  for (let most = maxBytes / 2; ; most = Math.floor(most / 2)) {
    const note = JSON.stringify({
      fingerprint,
      name: cut(name, 200),
      message: cut(message, most),
      stack: cut(stack, most),
    });
    if (Buffer.byteLength(note) <= maxBytes) return note;
  }
}

/** Reads a text whose getter may throw or return anything. */
function textOf(read: () => unknown, otherwise: string): string {
  try {
    const text = read();
    return typeof text === "string" ? wellFormed(text) : otherwise;
  } catch {
    return otherwise;
  }
}

function cut(text: string, most: number): string {
  return text.length <= most
    ? text
    : wellFormed(`${text.slice(0, most)}… (${text.length} characters)`);
}

/** Lone surrogates become replacement characters, so that the text survives UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
