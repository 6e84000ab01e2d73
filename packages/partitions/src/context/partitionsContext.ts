import { DynamicKeysRequiredError } from "../errors/keyErrors.ts";
import type { DynamicKeys } from "./dynamicKeys.ts";

/** What pure code cannot know by itself: the instant that decides what exists, and the dynamic keys. */
export interface PartitionsContext {
  /** Epoch milliseconds. A time window exists once it has ended (and by the definition's end offset). */
  readonly nowMs: number;
  /** By the name of the dynamic definition. */
  readonly dynamicKeys?: ReadonlyMap<string, DynamicKeys>;
}

/** The keys of a dynamic definition. Throws {@link DynamicKeysRequiredError} where the context does not hold them. */
export function dynamicKeysOf(context: PartitionsContext, name: string): DynamicKeys {
  const keys = context.dynamicKeys?.get(name);
  if (keys === undefined) throw new DynamicKeysRequiredError(name);
  return keys;
}
