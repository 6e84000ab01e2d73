/** A fact about a materialized partition: JSON, bounded by `maxMetadataBytes`. */
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

/** Most values that are examined; more would exceed `maxMetadataBytes` anyway. */
const mostValues = 10_000;
const mostDepth = 64;

const expected = `expected a plain object of JSON values, such as { rows: 100 }, of at most ${maxMetadataBytes} bytes`;

/** The metadata of a function's result, or the reason why none is stored. */
export interface StoredMetadata {
  /** JSON of an object; undefined if there is nothing to store. */
  readonly json: string | undefined;
  /** What was returned and what was expected; undefined if all is well. */
  readonly problem: string | undefined;
}

const nothing: StoredMetadata = { json: undefined, problem: undefined };

/**
 * Checks the return value of a `materialize` function, and returns its metadata as JSON. A value
 * that cannot be stored never fails a succeeded partition: nothing is stored, and `problem` gives
 * the reason. Never throws.
 *
 * @param result any value; without an object field `metadata` there is nothing to store
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
    if (!json.startsWith("{"))
      return refused("metadata has a toJSON that does not return an object");
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

/** The part of a value that JSON cannot hold, in words; undefined for none. */
function unstorable(
  value: unknown,
  path: string,
  look: { left: number; readonly inside: object[] },
): string | undefined {
  if (--look.left < 0) return `metadata has more than ${mostValues} values`;
  if (value === undefined || value === null || typeof value === "string") return undefined;
  if (typeof value === "number" || typeof value === "boolean") return undefined;
  if (typeof value !== "object") return `${path} is ${kindOf(value)}`;
  // Objects with `toJSON`, such as dates, define their own JSON.
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

/** Whether a value is an object without a class, of any realm. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  if (typeof prototype !== "object" || Object.getPrototypeOf(prototype) !== null) return false;
  // Only the root prototype has this property itself; the prototype of a class without a superclass
  // does not.
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
    // A user's error class may have a message of any type.
    const message: unknown = error instanceof Error ? error.message : undefined;
    return typeof message === "string" ? message.slice(0, 200) : "not JSON";
  } catch {
    return "not JSON";
  }
}
