import { PartitionKeyError } from "../errors/definitionErrors.ts";

/** The most bytes of UTF-8 that a key may have. */
export const longestKeyBytes = 512;

const controls = /[\u0000-\u001f\u007f-\u009f]/u;
const invisible = /[\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const joiner = /\u200c|\u200d/gu;
/** Where a zero-width joiner is visible: between pictures (👩‍🚀), or in scripts that need it. */
const joined =
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\p{L}|\p{M})\u200d(?=\p{Extended_Pictographic}|\p{L})|(?<=\p{L}|\p{M})\u200c(?=\p{L})/gu;

/**
 * The stored form of a static or dynamic key: composed (NFC).
 *
 * @throws PartitionKeyError for a key that is no text, empty, over 512 bytes, not well-formed, with
 *   control or invisible characters, with white space at either end, or with `...` (it separates the
 *   ends of a range)
 */
export function normalizePartitionKey(written: unknown): string {
  if (typeof written === "string" && isPlain(written)) return written;
  if (typeof written !== "string")
    throw new PartitionKeyError(written, "a key must be a text; put it in quotes");
  if (written.length > longestKeyBytes)
    throw new PartitionKeyError(written, `it has more than ${longestKeyBytes} bytes of UTF-8`);
  if (/\p{Surrogate}/u.test(written))
    throw new PartitionKeyError(written, "it has half a surrogate pair; write well-formed Unicode");
  const key = written.normalize("NFC");
  if (key === "")
    throw new PartitionKeyError(written, "it is empty; a key has at least one character");
  if (controls.test(key))
    throw new PartitionKeyError(written, "it has a control character; remove it");
  if (key.trim() !== key)
    throw new PartitionKeyError(written, "it begins or ends with white space; remove that");
  if (
    invisible.test(key) ||
    (key.match(joiner)?.length ?? 0) !== (key.match(joined)?.length ?? 0)
  ) {
    throw new PartitionKeyError(
      written,
      "it has a character that is invisible or turns the direction of text; remove it",
    );
  }
  if (key.includes("..."))
    throw new PartitionKeyError(written, 'it holds "...", which separates the ends of a range');
  if (new TextEncoder().encode(key).length > longestKeyBytes) {
    throw new PartitionKeyError(written, `it has more than ${longestKeyBytes} bytes of UTF-8`);
  }
  return key;
}

/** Whether a key is valid printable ASCII, as most are. */
function isPlain(key: string): boolean {
  return (
    key.length <= longestKeyBytes && /^[!-~](?:[ -~]*[!-~])?$/.test(key) && !key.includes("...")
  );
}

/** Throws unless the key can be part of a multi-partition key: without `|`, `[`, `]` and `,`. */
export function assertDimensionKey(key: string): void {
  const refused = /[|[\],]/.exec(key)?.[0];
  if (refused === undefined) return;
  throw new PartitionKeyError(key, `a key of a dimension cannot hold "${refused}"`);
}
