import { axesOf } from "./axes.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/**
 * The names of the dynamic definitions in a definition, itself or its dimensions; empty if there
 * are none.
 */
export function dynamicNamesOf(definition: PartitionsDefinition): readonly string[] {
  return axesOf(definition).flatMap(({ definition: axis }) =>
    axis.kind === "dynamic" ? [axis.name] : [],
  );
}
