import { z } from "zod";

/** A number of partitions, jobs or the like: a whole number from 0. */
export const countSchema = z.int().min(0);

/** ISO 8601, UTC, with milliseconds. */
export const instantSchema = z.iso.datetime({ precision: 3 });

/** Which keys a set has, in a few words: the fields of `KeySpan`. Both ends of a range are included. */
export const keySpanFields = {
  keys: countSchema,
  firstKey: z.string().exactOptional(),
  lastKey: z.string().exactOptional(),
  ranges: z
    .strictObject({ count: countSchema, first: z.array(z.tuple([z.string(), z.string()])).max(3) })
    .exactOptional(),
  text: z.string().max(160).exactOptional(),
} as const;

/** Partitions of one asset, as a set. */
export const assetSpanSchema = z.strictObject({ asset: z.string(), ...keySpanFields });

/** A partition by name. */
export const partitionNameSchema = z.strictObject({ asset: z.string(), key: z.string() });

/** An error with its causes, from the outside in. */
export const errorFields = {
  name: z.string(),
  message: z.string(),
  causes: z
    .array(
      z.strictObject({
        name: z.string(),
        message: z.string(),
        depth: z.int().min(1),
        via: z.enum(["cause", "errors"]),
      }),
    )
    .exactOptional(),
} as const;
