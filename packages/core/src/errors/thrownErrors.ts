import { loggableText } from "./loggable.ts";

/** Most levels of causes, and most errors in all, that are read. */
const mostDepth = 50;
const mostLookedAt = 100;
/** Most causes that are kept, including the innermost one. */
const mostKept = 8;

/** One error of a failure. */
export interface ThrownError {
  readonly name: string;
  /** Never blank. */
  readonly message: string;
  /** Empty where there is none. */
  readonly stack: string;
  /** 0 for the thrown error, 1 for its cause or one of its inner errors, and so on. */
  readonly depth: number;
  /** How the error above refers to this one. */
  readonly via: "thrown" | "cause" | "errors";
}

/** A thrown error and its causes. */
export interface ThrownErrors {
  readonly thrown: ThrownError;
  /**
   * Causes and inner errors of aggregates, from the outside in; at most 8, the last one being the
   * innermost.
   */
  readonly causes: readonly ThrownError[];
  /**
   * The last cause of the first chain, where the failure began; the thrown error itself if it has
   * no cause.
   */
  readonly innermost: ThrownError;
}

/**
 * Reads any thrown value: also texts, objects, errors of other realms, cycles, and throwing
 * getters.
 */
export function thrownErrors(value: unknown): ThrownErrors {
  const found: ThrownError[] = [];
  const seen = new Set<unknown>();
  let innermost: ThrownError | undefined;
  const visit = (each: unknown, depth: number, via: ThrownError["via"], isFirst: boolean) => {
    if (depth > mostDepth || found.length >= mostLookedAt) return;
    if (typeof each === "object" && each !== null) {
      if (seen.has(each)) return;
      seen.add(each);
    }
    const error = { ...readError(each), depth, via };
    found.push(error);
    if (isFirst) innermost = error;
    const cause = read(each, "cause");
    if (cause !== undefined && cause !== null) visit(cause, depth + 1, "cause", isFirst);
    const inner = read(each, "errors");
    if (!Array.isArray(inner)) return;
    for (const [index, one] of inner.slice(0, mostKept).entries())
      visit(one, depth + 1, "errors", isFirst && index === 0 && cause === undefined);
  };
  visit(value, 0, "thrown", true);
  const [thrown = { ...readError(value), depth: 0, via: "thrown" as const }, ...causes] = found;
  const last = innermost ?? thrown;
  const kept = causes.slice(0, mostKept);
  if (last !== thrown && !kept.includes(last)) kept.splice(mostKept - 1, 1, last);
  // An error without a message gets that of its cause.
  const message = thrown.message === noMessage && last !== thrown ? last.message : thrown.message;
  return { thrown: { ...thrown, message }, causes: kept, innermost: last };
}

const noMessage = "(no message)";

function readError(value: unknown): Pick<ThrownError, "name" | "message" | "stack"> {
  if (typeof value !== "object" || value === null) {
    const text = loggableText(value);
    return {
      name: typeof value,
      message: isBlank(text) ? `(an empty ${typeof value})` : text,
      stack: "",
    };
  }
  const isErrorLike = isError(value) || typeof read(value, "message") === "string";
  return {
    name: nameOf(value),
    message: wellFormed(isErrorLike ? messageOf(value) : loggableText(value)),
    stack: textOf(read(value, "stack")),
  };
}

function nameOf(value: object): string {
  const name = textOf(read(value, "name"));
  if (!isBlank(name)) return name;
  const constructed = textOf(read(read(value, "constructor"), "name"));
  if (!isBlank(constructed)) return constructed;
  return isError(value) ? "Error" : "object";
}

/**
 * The message, or the code if there is none, as with a connection that was refused on each address.
 */
function messageOf(value: object): string {
  const message = read(value, "message");
  const text = message === undefined ? "" : loggableText(message);
  if (!isBlank(text)) return text;
  for (const name of ["code", "errno", "status"]) {
    const code = read(value, name);
    if (typeof code === "number" || (typeof code === "string" && !isBlank(code)))
      return `${name} ${code}`;
  }
  return noMessage;
}

/** Whether a value is an error, of any realm. */
function isError(value: object): boolean {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

/** A property of any value; its getter may throw. */
function read(owner: unknown, name: string): unknown {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null)
    return undefined;
  try {
    return Reflect.get(owner, name);
  } catch {
    return name === "message" ? "unreadable error" : undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? wellFormed(value) : "";
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Lone surrogates become replacement characters, so that the text survives UTF-8. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
