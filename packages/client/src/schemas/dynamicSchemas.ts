import { z } from "zod";
import { triedOptionsSchema } from "./controlSchemas.ts";
import { pageOptionsSchema } from "./pageSchemas.ts";
import { nameTextSchema } from "./textSchemas.ts";

/** Options for adding or removing dynamic keys. */
export type DynamicChangeOptions = z.input<typeof triedOptionsSchema>;
/** What the code reads. */
export type ResolvedDynamicChange = z.output<typeof triedOptionsSchema>;

/** The input of each method of `DynamicDefinitions`. `name` is the name that they take first. */
export const dynamicInputs = {
  name: nameTextSchema,
  /** Any number of keys; duplicates count once. The definition checks each key. */
  keys: z.array(z.string(), { error: "expected a list of keys" }),
  list: pageOptionsSchema.extend({
    /** Whether to list removed keys instead of present ones; default: no. */
    removed: z.boolean().default(false),
  }),
  add: triedOptionsSchema,
  remove: triedOptionsSchema,
  listChanges: pageOptionsSchema,
} as const;
