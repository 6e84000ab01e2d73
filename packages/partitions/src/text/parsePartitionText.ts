import { PartitionTextError, PartitionTextTooLongError } from "../errors/textErrors.ts";
import {
  type AgeUnit,
  ageUnits,
  longestText,
  mostSampled,
  mostTerms,
  type PartitionAtom,
  type PartitionClause,
  type PartitionExpression,
  type PartitionPart,
  type PartitionProduct,
  type PartitionTerm,
  reservedCharacters,
  type StatusWord,
} from "./partitionExpression.ts";

const words = ":all, :missing, :failed, :stale, :older(30d), :latest(n) or :sample(n)";
const aTerm = `a key, a range like [a...b], a pattern like a*, ${words}, or "!" before one of them`;

/**
 * Reads a partition text. The grammar, for keys that may be written bare or as JSON strings:
 *
 *     expression  product  { "||" product }          any of them
 *     product     clause   { ";" clause }            all of them
 *     clause      [ dimension "=" ] term { "," term }
 *     term        part     { "&" part }              all of them
 *     part        [ "!" ] ( key | pattern | range | word )
 *     range       "[" [ key ] "..." [ key ] "]"      both ends included, one may be left out
 *     word        ":all" | ":missing" | ":failed" | ":stale" [ "(" ( "code" | "upstream" ) ")" ]
 *                 | ":older(" n ( "h" | "d" | "w" ) ")" | ":latest(" n ")" | ":sample(" n ")"
 *
 * One pass, linear in the length.
 *
 * @throws PartitionTextError with the place and what was expected there; PartitionTextTooLongError beyond 65,536
 * characters or 10,000 terms
 */
export function parsePartitionText(text: string): PartitionExpression {
  if (text.length > longestText)
    throw new PartitionTextTooLongError(text.length, longestText, "characters");
  const reader = new TextReader(text);
  const products = [readProduct(reader)];
  while (reader.take("||")) products.push(readProduct(reader));
  reader.expectEnd('",", ";", "&" or the end');
  const expression: PartitionExpression = { products };
  texts.set(expression, text);
  return expression;
}

const texts = new WeakMap<PartitionExpression, string>();

/** The text that an expression was parsed from; undefined if it was built otherwise. */
export function textReadAs(expression: PartitionExpression): string | undefined {
  return texts.get(expression);
}

function readProduct(reader: TextReader): PartitionProduct {
  const clauses = [readClause(reader)];
  while (reader.take(";")) clauses.push(readClause(reader));
  return clauses;
}

function readClause(reader: TextReader): PartitionClause {
  const dimension = reader.takeDimension();
  const terms = [readTerm(reader)];
  while (reader.take(",")) terms.push(readTerm(reader));
  return { dimension, terms };
}

function readTerm(reader: TextReader): PartitionTerm {
  const parts = [readPart(reader)];
  while (reader.take("&")) parts.push(readPart(reader));
  return parts;
}

function readPart(reader: TextReader): PartitionPart {
  reader.countTerm();
  const isNegated = reader.take("!");
  return { isNegated, atom: readAtom(reader) };
}

function readAtom(reader: TextReader): PartitionAtom {
  if (reader.take("[")) return readRange(reader);
  if (reader.take(":")) return readWord(reader);
  const { text: prefix, isQuoted } = reader.keyText(aTerm, true);
  if (!reader.take("*")) return { kind: "key", key: prefix };
  if (isQuoted) throw reader.error('"," or the end after a quoted key', -1);
  const suffix = reader.bare(false);
  if (reader.peek() === "*") throw reader.error("one * in a pattern");
  return { kind: "pattern", prefix, suffix };
}

function readRange(reader: TextReader): PartitionAtom {
  const start = reader.index - 1;
  const from = reader.peekIs("...") ? undefined : reader.keyText('a key or "..."', false).text;
  if (!reader.take("...")) throw reader.error('"..." between the ends of the range');
  const to = reader.peek() === "]" ? undefined : reader.keyText('a key or "]"', false).text;
  if (!reader.take("]")) throw reader.error('"]"');
  if (from === undefined && to === undefined)
    throw reader.errorAt(start, "a key at one end of the range, or :all");
  return { kind: "range", from, to };
}

function readWord(reader: TextReader): PartitionAtom {
  const start = reader.index - 1;
  const word = reader.letters();
  switch (word) {
    case "all":
      return { kind: "all" };
    case "missing":
    case "failed":
      return { kind: "status", word };
    case "stale":
      return { kind: "status", word: reader.take("(") ? readStalePart(reader) : "stale" };
    case "older":
      return readOlder(reader);
    case "latest":
      return { kind: "latest", count: readCount(reader, ":latest(30)") };
    case "sample":
      return { kind: "sample", count: readCount(reader, ":sample(30)", mostSampled) };
    default:
      throw reader.errorAt(start, `${words} (quote a key that begins with a colon)`);
  }
}

function readStalePart(reader: TextReader): StatusWord {
  const part = reader.takeWord();
  if (part.text !== "code" && part.text !== "upstream")
    throw reader.errorAt(part.start, '"code" or "upstream", as in :stale(code)');
  if (!reader.take(")")) throw reader.error('")"');
  return `stale(${part.text})`;
}

function readOlder(reader: TextReader): PartitionAtom {
  const example = ":older(30d)";
  const count = readNumber(reader, example);
  const unit = reader.takeWord();
  if (!isAgeUnit(unit.text))
    throw reader.errorAt(unit.start, `h, d or w for hours, days or weeks, as in ${example}`);
  if (!reader.take(")")) throw reader.error('")"');
  return { kind: "older", count, unit: unit.text };
}

function readCount(reader: TextReader, example: string, most?: number): number {
  const count = readNumber(reader, example, most);
  if (!reader.take(")")) throw reader.error('")"');
  return count;
}

function readNumber(reader: TextReader, example: string, most = Number.MAX_SAFE_INTEGER): number {
  if (!reader.take("(")) throw reader.error(`"(" and a number, as in ${example}`);
  const count = reader.digits(most);
  if (count !== undefined) return count;
  const range = most === Number.MAX_SAFE_INTEGER ? "from 1" : `from 1 to ${most}`;
  throw reader.error(`a whole number ${range}, as in ${example}`);
}

function isAgeUnit(text: string): text is AgeUnit {
  return Object.hasOwn(ageUnits, text);
}

/** A cursor in a text that skips white space between tokens. */
class TextReader {
  index = 0;
  readonly #text: string;
  #terms = 0;

  constructor(text: string) {
    this.#text = text;
  }

  error(expected: string, offset = 0): PartitionTextError {
    this.#skipSpace();
    return this.errorAt(this.index + offset, expected);
  }

  errorAt(index: number, expected: string): PartitionTextError {
    return new PartitionTextError(this.#text, index, expected);
  }

  expectEnd(expected: string): void {
    this.#skipSpace();
    if (this.index < this.#text.length) throw this.error(expected);
  }

  countTerm(): void {
    if (++this.#terms > mostTerms)
      throw new PartitionTextTooLongError(this.#terms, mostTerms, "terms");
  }

  peek(): string {
    this.#skipSpace();
    return this.#text.charAt(this.index);
  }

  peekIs(token: string): boolean {
    this.#skipSpace();
    return this.#text.startsWith(token, this.index);
  }

  take(token: string): boolean {
    if (!this.peekIs(token)) return false;
    this.index += token.length;
    return true;
  }

  /** A dimension's name and its `=`; undefined if the next reserved character is not `=`. */
  takeDimension(): string | undefined {
    const before = this.index;
    const name = this.peek() === '"' ? undefined : this.bare(false);
    if (name !== undefined && this.take("=")) {
      if (name === "")
        throw this.errorAt(
          before,
          'the name of a dimension before "=" (quote a key that holds one)',
        );
      return name;
    }
    this.index = before;
    return undefined;
  }

  /** A key, bare or quoted; a bare one may be empty only before a `*`. */
  keyText(
    expected: string,
    mayBePattern: boolean,
  ): { readonly text: string; readonly isQuoted: boolean } {
    if (this.peek() === '"') return { text: this.#quoted(), isQuoted: true };
    const start = this.index;
    const text = this.bare(true);
    if (text === "" && !(mayBePattern && this.peek() === "*")) throw this.error(expected);
    if (/^[!:]/.test(text))
      throw this.errorAt(start, `${expected} (quote a key that begins with "!" or ":")`);
    return { text, isQuoted: false };
  }

  /** Everything up to the next reserved character, `...` or `||`, trimmed. */
  bare(refusesEquals: boolean): string {
    this.#skipSpace();
    const start = this.index;
    while (this.index < this.#text.length) {
      const character = this.#text.charAt(this.index);
      if (reservedCharacters.includes(character)) break;
      if (character === "." && this.#text.startsWith("...", this.index)) break;
      if (character === "|" && this.#text.startsWith("||", this.index)) break;
      this.index++;
    }
    if (refusesEquals && this.#text.charAt(this.index) === "=")
      throw this.error('quotes around a key that holds "="');
    return this.#text.slice(start, this.index).trim();
  }

  letters(): string {
    const start = this.index;
    while (/[a-zA-Z]/.test(this.#text.charAt(this.index))) this.index++;
    return this.#text.slice(start, this.index);
  }

  /** Letters after white space, and their position. */
  takeWord(): { readonly text: string; readonly start: number } {
    this.#skipSpace();
    const start = this.index;
    return { start, text: this.letters() };
  }

  /** An integer from 1 to `most`; undefined, without moving on, if there is none. */
  digits(most: number): number | undefined {
    this.#skipSpace();
    const start = this.index;
    while (/[0-9]/.test(this.#text.charAt(this.index))) this.index++;
    const value = Number(this.#text.slice(start, this.index));
    if (this.index > start && value >= 1 && value <= most) return value;
    this.index = start;
    return undefined;
  }

  #quoted(): string {
    const start = this.index++;
    while (this.index < this.#text.length && this.#text.charAt(this.index) !== '"') {
      this.index += this.#text.charAt(this.index) === "\\" ? 2 : 1;
    }
    if (this.index >= this.#text.length) {
      this.index = this.#text.length;
      throw this.error(`a closing quote for the one at character ${start + 1}`);
    }
    this.index++;
    try {
      return String(JSON.parse(this.#text.slice(start, this.index)));
    } catch {
      throw this.errorAt(start, "a key quoted like a JSON string");
    }
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text.charAt(this.index))) this.index++;
  }
}
