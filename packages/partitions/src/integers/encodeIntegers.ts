import { SubsetEncodingError } from "../errors/subsetErrors.ts";
import { type IntegerSet, integerLimit, smallestInteger } from "./integerSet.ts";
import { boundsOf } from "./integerAlgebra.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { integersFromWords, RunsBuilder } from "./runsBuilder.ts";

const asRuns = 0;
const asBits = 1;

/** The set as bytes, in the smaller of its two forms; {@link decodeIntegers} reads them. */
export function encodeIntegers(set: IntegerSet): Uint8Array {
  const writer = new ByteWriter();
  writeIntegers(writer, set);
  return writer.finish();
}

/** The set that {@link encodeIntegers} wrote. Throws {@link SubsetEncodingError} for any other bytes. */
export function decodeIntegers(bytes: Uint8Array): IntegerSet {
  const reader = new ByteReader(bytes);
  const set = readIntegers(reader);
  reader.expectEnd();
  return set;
}

/**
 * Runs: `0`, how many, then the distance of each start from the end before it and the length, as variable-length
 * integers. Bits: `1`, the first word, how many, then each word in four bytes, lowest first.
 */
export function writeIntegers(writer: ByteWriter, set: IntegerSet): void {
  if (set.kind === "bits") {
    writer.byte(asBits);
    writer.signed(set.firstWord);
    writer.unsigned(set.words.length);
    writer.words(set.words);
    return;
  }
  writer.byte(asRuns);
  const bounds = boundsOf(set);
  writer.unsigned(bounds.length / 2);
  let end = 0;
  for (let index = 0; index < bounds.length; index += 2) {
    const start = bounds[index] ?? 0;
    if (index === 0) writer.signed(start);
    else writer.unsigned(start - end);
    end = bounds[index + 1] ?? 0;
    writer.unsigned(end - start);
  }
}

/** Reads what {@link writeIntegers} wrote. */
export function readIntegers(reader: ByteReader): IntegerSet {
  const form = reader.byte();
  if (form === asBits) {
    const firstWord = reader.signed();
    const length = reader.unsigned();
    if (firstWord < smallestInteger / 32 || (firstWord + length) * 32 > integerLimit + 1) {
      throw new SubsetEncodingError("its bitmap leaves 32 bits");
    }
    return integersFromWords(firstWord, reader.words(length));
  }
  if (form !== asRuns) throw new SubsetEncodingError(`form ${form} is unknown`);
  const builder = new RunsBuilder();
  const runs = reader.unsigned();
  let end = 0;
  for (let run = 0; run < runs; run++) {
    const start = run === 0 ? reader.signed() : end + reader.unsigned();
    end = start + reader.unsigned();
    if (start < smallestInteger || end > integerLimit)
      throw new SubsetEncodingError("a run leaves 32 bits");
    builder.add(start, end);
  }
  return builder.finish();
}
