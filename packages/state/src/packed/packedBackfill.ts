import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";

/** The fields of a backfill's hash that are packed. */
export const packedFields = ["header", "settings", "progress", "versions"] as const;
type PackedField = (typeof packedFields)[number];

/** The packed texts of an ended backfill. */
export interface PackedTexts {
  readonly fields: Readonly<Partial<Record<PackedField, string>>>;
  /** The entries of its log as JSON, oldest first. */
  readonly log: readonly string[];
}

/** The form that this version writes and reads. */
const form = 1;
/** Form and checksum, before the compressed text. */
const headBytes = 5;
/** Most bytes of text that are packed: unpacking them takes a few milliseconds. */
const mostBytes = 262_144;
/** Most characters of a value: Redis' default limit for a hash that is one compact block. */
const partCharacters = 64;
/** Most parts: with more, the hash would not be one compact block. */
const mostParts = 64;

/**
 * Text that most headers and logs share, used as the compression dictionary: it shrinks a small
 * backfill to about a sixth. Form 1 means exactly this text; another text needs another form.
 */
const sharedText = Buffer.from(
  [
    'p{"version":1,"canary":"passed","failuresBefore":0,"resumedMs":17',
    's{"version":1,"settings":{"order":"oldest","priority":0,"weight":1,"minSuccessRatio":1,"window":100,"concurrency":4,"maxPartitionsPerRun":1,"budget":{"failures":',
    '"what":"settings_changed","before":{"window":null,"priority":',
    '"what":"canary_passed","what":"selection_changed","details":{"added":',
    '"details":{"delivery":"bf_01","target":"webhook","attempts":1}}',
    '"what":"repaired","actor":"doctor","reason":"its state was repaired"}',
    '"before":{"status":"failed"},"after":{"status":"running"},"what":"retried","actor":"","reason":"","details":{"reopened":1}}',
    '"before":{"status":"running"},"after":{"status":"paused"},"what":"paused","actor":"","reason":""}',
    '"before":{"status":"paused"},"after":{"status":"running"},"what":"resumed","actor":"","reason":""}',
    '"before":{"status":"running"},"after":{"status":"canceling"},"what":"canceling","actor":"","reason":""}',
    '"before":{"status":"canceling"},"after":{"status":"canceled"},"what":"canceled","actor":"","reason":""}',
    '"partitionsOf":{"propagate":false,"reprocess":"all","order":"newest","reprocess":"missing","window":1000,"concurrency":4,"canary":10,"origin":"schedule","overlap":"rerun","retry":{"attempts":3,"backoffMs":1000',
    'h{"version":1,"request":{"assets":"","partitions":":all","propagate":true,"reprocess":"failed","order":"oldest","priority":0,"weight":1,"minSuccessRatio":1,"origin":"backfill","overlap":"share","label":"","reason":"","actor":""},"assets":["","plannedMs":17,"dynamic":{"project":{"fingerprint":"0123456789abcdef","assets":{"":"',
    'l{"v":1,"n":1,"atMs":17,"after":{"status":"running"},"what":"created","actor":"","reason":""}',
    'l{"v":1,"n":2,"atMs":17,"before":{"status":"running"},"after":{"status":"failed"},"what":"failed","actor":"","reason":""}',
    'l{"v":1,"n":2,"atMs":17,"before":{"status":"running"},"after":{"status":"succeeded"},"what":"succeeded","actor":"","reason":""}',
  ].join("\n"),
);

/**
 * Packs texts into fields `p0`, `p1`… of a hash, in base64: a byte for the form, a checksum of the
 * text in four bytes, and the compressed text. Each line of the text is a letter (h, s, p, v:
 * the field; l: an entry of the log) and a value.
 *
 * @returns undefined if the texts are too large or one has a line break, which Infill never writes
 */
export function packTexts({ fields, log }: PackedTexts): Record<string, string> | undefined {
  const texts = packedFields.flatMap((name) => {
    const text = fields[name];
    return text === undefined ? [] : [name.charAt(0) + text];
  });
  const lines = [...texts, ...log.map((entry) => `l${entry}`)];
  if (lines.some((line) => line.includes("\n"))) return undefined;
  const text = Buffer.from(lines.join("\n"));
  if (text.length > mostBytes) return undefined;
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(form);
  head.writeUInt32BE(crc32(text), 1);
  const compressed = deflateRawSync(text, { level: 9, dictionary: sharedText });
  const packed = Buffer.concat([head, compressed]).toString("base64");
  const count = Math.ceil(packed.length / partCharacters);
  if (count > mostParts) return { p0: packed };
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `p${at}`,
      packed.slice(at * partCharacters, (at + 1) * partCharacters),
    ]),
  );
}

/** Whether a field is a part of packed texts. */
export function isPart(name: string): boolean {
  return /^p\d{1,3}$/.test(name);
}

/**
 * Unpacks the texts of `packTexts`.
 *
 * @param values all fields of the hash
 * @returns undefined if nothing is packed
 * @throws RangeError for parts that are damaged or of another form
 */
export function unpackTexts(values: Readonly<Record<string, string>>): PackedTexts | undefined {
  const count = Object.keys(values).filter(isPart).length;
  if (count === 0) return undefined;
  const parts = Array.from({ length: count }, (_, at) => values[`p${at}`] ?? "");
  const packed = Buffer.from(parts.join(""), "base64");
  const text = packed[0] === form ? inflated(packed.subarray(headBytes)) : undefined;
  if (text === undefined || crc32(text) !== packed.readUInt32BE(1))
    throw new RangeError("a packed backfill that is damaged");
  const fields: Partial<Record<PackedField, string>> = {};
  const log: string[] = [];
  for (const line of text.toString().split("\n")) {
    const name = packedFields.find((field) => field.startsWith(line.charAt(0)));
    if (name !== undefined && line !== "") fields[name] = line.slice(1);
    else if (line.startsWith("l")) log.push(line.slice(1));
  }
  return { fields, log };
}

function inflated(bytes: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { dictionary: sharedText, maxOutputLength: mostBytes });
  } catch {
    // Any zlib error means that the text is damaged.
    return undefined;
  }
}
