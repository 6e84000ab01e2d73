import {
  dimensionNames,
  hasDimensions,
  type MultiPartitions,
  nearestName,
  type PartitionsDefinition,
} from "@infill/partitions";
import { z } from "zod";
import { InvalidOptionsError } from "../errors/invalidOptionsError.ts";

/** A cap: how many partitions of a scope may be in progress at once, over all workers. */
export const capSchema = z.int().min(1).max(1_000_000);

/** Caps by dimension: most partitions with the same key in progress at once. */
export type ConcurrencyPer<D extends PartitionsDefinition> =
  D extends MultiPartitions<infer Dimensions>
    ? { readonly [Name in keyof Dimensions]?: number }
    : Readonly<Record<string, never>>;

export const concurrencyPerSchema = z.record(z.string(), capSchema);

/**
 * Checks that caps by dimension name dimensions of the definition.
 *
 * @param subject what they belong to, for the message
 * @throws InvalidOptionsError
 */
export function checkConcurrencyPer(
  subject: string,
  definition: PartitionsDefinition,
  caps: Readonly<Record<string, number>>,
): void {
  const names = Object.keys(caps);
  if (names.length === 0) return;
  if (!hasDimensions(definition)) {
    throw new InvalidOptionsError(
      subject,
      "concurrencyPer",
      `got "${names[0]}"; its partitions have no dimensions, and one partition never runs twice at once: ` +
        "cap them together with concurrency",
    );
  }
  const dimensions = dimensionNames(definition);
  for (const name of names) {
    if (dimensions.includes(name)) continue;
    const closest = nearestName(name, dimensions);
    const hint = closest === undefined ? "" : `did you mean "${closest}"? `;
    throw new InvalidOptionsError(
      subject,
      "concurrencyPer",
      `got "${name}"; ${hint}expected dimensions of its partitions: ${dimensions.join(", ")}`,
    );
  }
}
