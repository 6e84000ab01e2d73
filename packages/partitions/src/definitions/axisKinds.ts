import type { MultiPartitions } from "./multiPartitions.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";
import { positionsOf } from "./staticPartitions.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/*
 * What tells kinds of definitions apart, in the only place. A new kind gets a case in each function; the compiler
 * names those that lack it.
 */

/** Whether a definition joins several dimensions. */
export function hasDimensions(definition: PartitionsDefinition): definition is MultiPartitions {
  return definition.kind === "multi";
}

/** The definition itself, if its one axis has time windows; undefined for others. */
export function asTimeWindows(definition: PartitionsDefinition): TimeWindowPartitions | undefined {
  switch (definition.kind) {
    case "timeWindow":
      return definition;
    case "static":
    case "dynamic":
    case "unpartitioned":
    case "multi":
      return undefined;
  }
}

/**
 * The keys that the definition lists, if its one axis has a list. A coordinate is a position in the list, and the state
 * registers an ordinal for each key. Undefined for others.
 */
export function listedKeysOf(definition: PartitionsDefinition): readonly string[] | undefined {
  switch (definition.kind) {
    case "static":
      return definition.keys;
    case "timeWindow":
    case "dynamic":
    case "unpartitioned":
    case "multi":
      return undefined;
  }
}

/** The position of each key of `listedKeysOf`. Cached. */
export function listedPositionsOf(
  definition: PartitionsDefinition,
): ReadonlyMap<string, number> | undefined {
  switch (definition.kind) {
    case "static":
      return positionsOf(definition);
    case "timeWindow":
    case "dynamic":
    case "unpartitioned":
    case "multi":
      return undefined;
  }
}

/** The name under which Redis holds the keys, if its one axis has dynamic keys; undefined for others. */
export function dynamicNameOf(definition: PartitionsDefinition): string | undefined {
  switch (definition.kind) {
    case "dynamic":
      return definition.name;
    case "timeWindow":
    case "static":
    case "unpartitioned":
    case "multi":
      return undefined;
  }
}
