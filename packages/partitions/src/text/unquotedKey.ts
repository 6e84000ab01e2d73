import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axesOf } from "../definitions/axes.ts";
import { asTimeWindows } from "../definitions/axisKinds.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { PartitionTextError, UnquotedKeyError } from "../errors/textErrors.ts";
import { parsePartitionText } from "./parsePartitionText.ts";
import type { PartitionExpression } from "./partitionExpression.ts";
import { printKey } from "./printPartitionText.ts";

/** Most keys of a dimension that are searched in a text. */
const lookedFor = 10_000;

/**
 * The longest key of a static or dynamic dimension that is in a text without the quotes that its
 * special characters need: alone, in a list, after `dimension=` or as an end of a range. Undefined
 * if there is none.
 */
export function unquotedKeyIn(
  text: string,
  definition: PartitionsDefinition,
  context: PartitionsContext,
): string | undefined {
  let longest: string | undefined;
  for (const { definition: axis } of axesOf(definition)) {
    if (asTimeWindows(axis) !== undefined) continue;
    for (const key of partitionKeys(axis, context, { limit: lookedFor })) {
      if (key === "" || key.length <= (longest?.length ?? 0)) continue;
      if (printKey(key) !== key && standsBare(text, key)) longest = key;
    }
  }
  return longest;
}

/**
 * Parses a text for assets with these definitions.
 *
 * @throws UnquotedKeyError if it cannot be parsed and has a key of one of them without quotes;
 *   otherwise the errors of `parsePartitionText`
 */
export function parsePartitionTextFor(
  text: string,
  definitions: readonly PartitionsDefinition[],
  context: PartitionsContext,
): PartitionExpression {
  try {
    return parsePartitionText(text);
  } catch (error) {
    if (!(error instanceof PartitionTextError)) throw error;
    for (const definition of definitions) {
      const key = unquotedKeyIn(text, definition, context);
      if (key !== undefined) throw new UnquotedKeyError(key, error);
    }
    throw error;
  }
}

/** Whether a key is in a text between characters that end a key, outside quotes. */
function standsBare(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    const before = text.slice(0, at);
    const isQuoted = (before.match(/"/g)?.length ?? 0) % 2 === 1;
    const begins = /(?:^|[\s,;&=[!|]|\.\.\.)$/.test(before);
    if (begins && !isQuoted && /^(?:$|[\s,;&\]|]|\.\.\.)/.test(text.slice(at + key.length)))
      return true;
  }
  return false;
}
