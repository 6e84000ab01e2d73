import { SubsetEncodingError } from "../errors/subsetErrors.ts";

/** Writes the parts of an encoded subset one after another. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Seven bits a byte, lowest first, the highest bit set if more follow. */
  unsigned(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Like {@link unsigned}, with the sign in the lowest bit. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** Each word in four bytes, lowest first. */
  words(words: Uint32Array): void {
    this.#reserve(words.length * 4);
    const view = new DataView(this.#bytes.buffer, this.#length);
    for (let index = 0; index < words.length; index++)
      view.setUint32(index * 4, words[index] ?? 0, true);
    this.#length += words.length * 4;
  }

  /** UTF-8, its length first. */
  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.unsigned(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/**
 * Reads the bytes of {@link ByteWriter}; every method throws {@link SubsetEncodingError} if the
 * bytes end early.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new SubsetEncodingError("it ends early");
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new SubsetEncodingError("a number is too long");
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  words(length: number): Uint32Array {
    this.#expect(length * 4);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length * 4);
    this.#at += length * 4;
    return Uint32Array.from({ length }, (_, index) => view.getUint32(index * 4, true));
  }

  text(): string {
    const length = this.unsigned();
    this.#expect(length);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return new TextDecoder().decode(bytes);
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length)
      throw new SubsetEncodingError("there are more bytes after its end");
  }

  #expect(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) throw new SubsetEncodingError("it ends early");
  }
}
