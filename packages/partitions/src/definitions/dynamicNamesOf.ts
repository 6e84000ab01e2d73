import { axesOf } from "./axes.ts";
import { dynamicNameOf } from "./axisKinds.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/**
 * The names of the dynamic definitions in a definition, itself or its dimensions; empty if there
 * are none.
 */
export function dynamicNamesOf(definition: PartitionsDefinition): readonly string[] {
  return axesOf(definition).flatMap(({ definition: axis }) => dynamicNameOf(axis) ?? []);
}
