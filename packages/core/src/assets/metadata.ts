/** A fact about a materialized partition: JSON, stored bounded (`maxMetadataBytes`). */
export type MetadataValue =
  | string
  | number
  | boolean
  | null
  | readonly MetadataValue[]
  | { readonly [name: string]: MetadataValue };

export type Metadata = { readonly [name: string]: MetadataValue };

/** Metadata beyond this many bytes of JSON is not stored. */
export const maxMetadataBytes = 8_192;

/** Values that are looked at; more of them are more than `maxMetadataBytes`. */
const mostValues = 10_000;
const mostDepth = 64;

const expected = `expected a plain object of JSON values, such as { rows: 100 }, of at most ${maxMetadataBytes} bytes`;

/** What is stored of a function's result, or a sentence that says why nothing is. */
export interface StoredMetadata {
  /** JSON of an object; undefined where there is nothing to store. */
  readonly json: string | undefined;
  /** What came and what was expected; undefined where all is well. */
  readonly problem: string | undefined;
}

const nothing: StoredMetadata = { json: undefined, problem: undefined };

/**
 * Checks what a `materialize` function returned, and gives the JSON under which its metadata is stored. What cannot be
 * stored never fails a partition that succeeded: nothing is stored then, and `problem` says why. Never throws.
 *
 * @param result anything; what is no object with a field `metadata` has nothing to store
 */
export function storedMetadata(result: unknown): StoredMetadata {
  try {
    if (typeof result !== "object" || result === null || !("metadata" in result)) return nothing;
    const { metadata } = result;
    if (metadata === undefined || metadata === null) return nothing;
    const wrong = isPlainObject(metadata)
      ? unstorable(metadata, "metadata", { left: mostValues, inside: [] })
      : `metadata is ${kindOf(metadata)}`;
    if (wrong !== undefined) return refused(wrong);
    const json = JSON.stringify(metadata);
    if (json === undefined || json === "{}") return nothing;
    if (!json.startsWith("{")) return refused("metadata has a toJSON that gives no object");
    const bytes = Buffer.byteLength(json);
    if (bytes > maxMetadataBytes) return refused(`metadata has ${bytes} bytes of JSON`);
    return { json, problem: undefined };
  } catch (error) {
    return refused(`metadata cannot be read (${reasonOf(error)})`);
  }
}

function refused(wrong: string): StoredMetadata {
  return { json: undefined, problem: `${wrong}; ${expected}` };
}

/** What in a value JSON cannot hold, in words; undefined for nothing. */
function unstorable(
  value: unknown,
  path: string,
  look: { left: number; readonly inside: object[] },
): string | undefined {
  if (--look.left < 0) return `metadata has more than ${mostValues} values`;
  if (value === undefined || value === null || typeof value === "string") return undefined;
  if (typeof value === "number" || typeof value === "boolean") return undefined;
  if (typeof value !== "object") return `${path} is ${kindOf(value)}`;
  // A date, among others, says itself how it is written.
  if ("toJSON" in value && typeof value.toJSON === "function") return undefined;
  if (look.inside.includes(value)) return `${path} contains itself`;
  if (look.inside.length >= mostDepth) return `metadata is nested deeper than ${mostDepth} levels`;
  if (!Array.isArray(value) && !isPlainObject(value)) return `${path} is ${kindOf(value)}`;
  look.inside.push(value);
  for (const [name, each] of Object.entries(value)) {
    const wrong = unstorable(each, `${path}.${name}`.slice(0, 100), look);
    if (wrong !== undefined) return wrong;
  }
  look.inside.pop();
  return undefined;
}

/** Whether a value is an object of no class, of whatever realm. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  if (typeof prototype !== "object" || Object.getPrototypeOf(prototype) !== null) return false;
  // Objects of this prototype only: a class that extends nothing has one as well.
  return Object.hasOwn(prototype, "hasOwnProperty");
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) {
    const { name } = value.constructor;
    return typeof name === "string" && name !== ""
      ? `an instance of ${name.slice(0, 60)}`
      : "an instance of a class";
  }
  return `a ${typeof value}`;
}

function reasonOf(error: unknown): string {
  try {
    // A class of a user's may have made it anything.
    const message: unknown = error instanceof Error ? error.message : undefined;
    return typeof message === "string" ? message.slice(0, 200) : "not JSON";
  } catch {
    return "not JSON";
  }
}
