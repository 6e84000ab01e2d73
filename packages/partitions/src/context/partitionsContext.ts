import { DynamicKeysRequiredError } from "../errors/keyErrors.ts";
import type { DynamicKeys } from "./dynamicKeys.ts";

/** The inputs of pure code: the instant that decides what exists, and the dynamic keys. */
export interface PartitionsContext {
  /**
   * Epoch milliseconds. A time window exists once it has ended, shifted by the definition's end
   * offset.
   */
  readonly nowMs: number;
  /** By the name of the dynamic definition. */
  readonly dynamicKeys?: ReadonlyMap<string, DynamicKeys>;
}

/**
 * The keys of a dynamic definition. Throws {@link DynamicKeysRequiredError} if the context does not
 * have them.
 */
export function dynamicKeysOf(context: PartitionsContext, name: string): DynamicKeys {
  const keys = context.dynamicKeys?.get(name);
  if (keys === undefined) throw new DynamicKeysRequiredError(name);
  return keys;
}
