import { createHash } from "node:crypto";

/** Most characters of a message that its fingerprint is computed from. */
const lookedAt = 1_000;
/** Most characters of a template. */
const mostTemplate = 300;

/**
 * An error with the parts blanked that differ between partitions: `HttpError: 503 from {url}`.
 *
 * Blanks URLs, paths, times, quoted texts, ids (hexadecimal, long and mixed, e-mail addresses) and
 * numbers. Keeps a number at the beginning of the message or after a word like `status` or `code`,
 * because it identifies the error. Joins white space into one space. Uses only the first 1,000
 * characters, in linear time.
 */
export function errorTemplate(name: string, message: string): string {
  const text = message.length > lookedAt ? message.slice(0, lookedAt) : message;
  const blanked = blank(text);
  const template = blanked === "" ? name : `${name}: ${blanked}`;
  return template.length > mostTemplate ? `${template.slice(0, mostTemplate)}…` : template;
}

/**
 * A short name for all errors with the same template: `f` and 11 hexadecimal digits.
 *
 * @param name of the error's class
 */
export function errorFingerprint(name: string, message: string): string {
  const digest = createHash("sha256").update(errorTemplate(name, message)).digest("hex");
  return `f${digest.slice(0, 11)}`;
}

/** The form of a fingerprint or of its beginning. */
export const fingerprintPattern = /^f[0-9a-f]{0,11}$/;

// oxlint-disable-next-line no-control-regex -- the escape character is what begins a sequence
const escapeSequences = /\u001b\[[0-9;]*[A-Za-z]/g;
const isSpace = /\s/;
const isAlphanumeric = /[\p{L}\p{N}_]/u;
/** Characters that end a word. */
const isDelimiter = /[\s()[\]{}<>,;"'`|=]/;
/** The beginning of a URL, and the characters besides white space that end one. */
const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;
const endsUrl = /[\s<>"'`)\]}]/;
const quotes = new Map([
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"],
]);
/** Words after which a number identifies the error. */
const telling = new Set(["status", "code", "http", "error", "errno", "exit", "signal"]);

/** Scans the text once, with a bounded number of steps for each character. */
function blank(text: string): string {
  const clean = text.replace(escapeSequences, "");
  const parts: string[] = [];
  let previousWord = "";
  let isFirst = true;
  const unclosed = new Set<string>();
  let at = 0;
  while (at < clean.length) {
    const char = clean.charAt(at);
    if (isSpace.test(char)) {
      if (parts.length > 0 && parts.at(-1) !== " ") parts.push(" ");
      at++;
      continue;
    }
    const closing = quotes.get(char);
    const end =
      closing === undefined || unclosed.has(closing) || isApostrophe(clean, at)
        ? undefined
        : clean.indexOf(closing, at + 1);
    // No closing mark from here on; remember it, so that each kind is searched once only.
    if (end === -1 && closing !== undefined) unclosed.add(closing);
    if (end !== undefined && end > 0) {
      parts.push(`${char}{text}${clean.charAt(end)}`);
      previousWord = "";
      isFirst = false;
      at = end + 1;
      continue;
    }
    if (isDelimiter.test(char)) {
      parts.push(char);
      at++;
      continue;
    }
    let stop = at + 1;
    while (stop < clean.length && !isDelimiter.test(clean.charAt(stop))) stop++;
    if (scheme.test(clean.slice(at, stop)))
      while (stop < clean.length && !endsUrl.test(clean.charAt(stop))) stop++;
    const word = clean.slice(at, stop);
    const mayTell = isFirst || telling.has(previousWord);
    parts.push(blankWord(word, mayTell));
    previousWord = word.toLowerCase().replace(/[:.]$/, "");
    isFirst = false;
    at = stop;
  }
  return parts.join("").trimEnd();
}

/** Whether a quote is inside a word. */
function isApostrophe(text: string, at: number): boolean {
  return at > 0 && isAlphanumeric.test(text.charAt(at - 1));
}

function blankWord(word: string, mayTell: boolean): string {
  const tail = /[:.!?]+$/.exec(word)?.[0] ?? "";
  const core = word.slice(0, word.length - tail.length);
  return `${blankCore(core, mayTell)}${tail}`;
}

function blankCore(word: string, mayTell: boolean): string {
  if (scheme.test(word)) return "{url}";
  if (/^\d{4}-\d{2}-\d{2}([T_-].*)?$/.test(word) || /^\d{1,2}:\d{2}(:\d{2})?/.test(word))
    return "{time}";
  if (word.length > 1 && /[/\\]/.test(word)) return "{path}";
  if (word.includes("@")) return "{id}";
  if (!/\d/.test(word)) return word;
  if (mayTell && /^\d{1,5}$/.test(word)) return word;
  if (/^(0x)?[0-9a-f-]{8,}$/i.test(word) && /[a-f-]/i.test(word)) return "{id}";
  if (word.length >= 16 && /[A-Za-z]/.test(word)) return "{id}";
  return word.replace(/[+-]?\d+(?:[.,:]\d+)*/g, "{n}");
}
