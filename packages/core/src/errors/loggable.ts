/** Most characters of one text in a log line. */
const mostText = 4_096;
/** Most characters of all values of one log line together. */
const mostInAll = 16_384;
/** Most entries of one object or list. */
const mostEntries = 64;
/** Most levels of nested objects. */
const mostDepth = 6;

type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/** What is left of the limits for one log line. */
interface Budget {
  characters: number;
  readonly inside: object[];
}

/**
 * The fields of a log line as plain JSON values, for any argument: big integers, cycles, throwing
 * getters or `toJSON`, proxies, symbols, functions and huge values become readable text. Never
 * throws. At most some 16 KB.
 *
 * @param fields an object; any other value becomes the field `value`
 */
export function loggableFields(fields: unknown): { readonly [name: string]: Plain } {
  if (fields === undefined || fields === null) return {};
  const budget: Budget = { characters: mostInAll, inside: [] };
  const plain = plainValue(fields, budget, 0);
  return typeof plain === "object" && plain !== null && !Array.isArray(plain)
    ? // `isArray` does not narrow read-only lists.
      (plain as { readonly [name: string]: Plain })
    : { value: plain };
}

/** The message of a log line as text of at most some 4 KB, for any argument. Never throws. */
export function loggableText(message: unknown): string {
  const plain = plainValue(message, { characters: mostInAll, inside: [] }, 0);
  return typeof plain === "string" ? plain : JSON.stringify(plain);
}

function plainValue(value: unknown, budget: Budget, depth: number): Plain {
  switch (typeof value) {
    case "string":
      return cut(value, budget);
    case "number":
      spend(budget, 8);
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      spend(budget, 5);
      return value;
    case "bigint":
      // Formatting millions of digits would take minutes.
      return value > -largest && value < largest ? cut(String(value), budget) : "[huge bigint]";
    case "symbol":
      return cut(String(value), budget);
    case "undefined":
      return "undefined";
    case "function":
      return "[function]";
    case "object":
      return value === null ? null : plainObject(value, budget, depth);
  }
}

const largest = 10n ** 100n;

function plainObject(value: object, budget: Budget, depth: number): Plain {
  if (budget.inside.includes(value)) return "[circular]";
  if (depth >= mostDepth || budget.characters <= 0) return "[more]";
  budget.inside.push(value);
  try {
    return readObject(value, budget, depth);
  } catch {
    return "[unreadable]";
  } finally {
    budget.inside.pop();
  }
}

function readObject(value: object, budget: Budget, depth: number): Plain {
  if (value instanceof Error) return plainError(value, budget, depth);
  if (Array.isArray(value)) return plainList(value, value.length, budget, depth);
  if (value instanceof Map) return plainMap(value, budget, depth);
  if (value instanceof Set) return plainList(value, value.size, budget, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const json: unknown = value.toJSON();
    // A `toJSON` that returns its own object would never end.
    if (json !== value) return plainValue(json, budget, depth + 1);
  }
  const names = Object.keys(value);
  const entries: [string, Plain][] = [];
  for (const name of names) {
    if (entries.length >= mostEntries || budget.characters <= 0) {
      entries.push(["…", `${names.length - entries.length} more`]);
      break;
    }
    let plain: Plain;
    try {
      const read: unknown = Reflect.get(value, name);
      if (read === undefined) continue;
      plain = plainValue(read, budget, depth + 1);
    } catch {
      plain = "[unreadable]";
    }
    entries.push([cut(name, budget), plain]);
  }
  return Object.fromEntries(entries);
}

function plainError(error: Error, budget: Budget, depth: number): Plain {
  const entries: [string, Plain][] = [];
  for (const name of ["name", "message", "code", "cause"] as const) {
    let read: unknown;
    try {
      read = Reflect.get(error, name);
    } catch {
      read = "[unreadable]";
    }
    if (read !== undefined) entries.push([name, plainValue(read, budget, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function plainMap(map: ReadonlyMap<unknown, unknown>, budget: Budget, depth: number): Plain {
  const entries: [string, Plain][] = [];
  for (const [name, value] of map) {
    if (entries.length >= mostEntries || budget.characters <= 0) {
      entries.push(["…", `${map.size - entries.length} more`]);
      break;
    }
    const plainName = plainValue(name, budget, depth + 1);
    const text = typeof plainName === "string" ? plainName : JSON.stringify(plainName);
    entries.push([text, plainValue(value, budget, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function plainList(values: Iterable<unknown>, count: number, budget: Budget, depth: number): Plain {
  const list: Plain[] = [];
  for (const value of values) {
    if (list.length >= mostEntries || budget.characters <= 0) {
      list.push(`… ${count - list.length} more`);
      break;
    }
    list.push(plainValue(value, budget, depth + 1));
  }
  return list;
}

function cut(text: string, budget: Budget): string {
  const most = Math.max(0, Math.min(mostText, budget.characters));
  spend(budget, Math.min(text.length, most) + 4);
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}

function spend(budget: Budget, characters: number): void {
  budget.characters -= characters;
}
