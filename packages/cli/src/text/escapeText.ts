// Control characters, and those that reorder or hide what stands around them.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/**
 * Makes text from users (keys, errors, labels) inert on one line of a terminal: control characters, line breaks
 * included, become `\n`, `\x1b` or `\u202e`.
 */
export function escapeText(text: string): string {
  return text.replaceAll(unsafe, escapeCharacter);
}

/** Several lines of text from users, each one inert. */
export function escapeLines(text: string): string[] {
  return text.split(/\r?\n/).map(escapeText);
}

/** JSON on one line whose characters a terminal does not act on; it parses to the same value. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(unsafe, jsonEscape);
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : jsonEscape(character);
}

function jsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
