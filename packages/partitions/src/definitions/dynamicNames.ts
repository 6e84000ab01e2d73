import { axesOf } from "./axes.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/** The names of the dynamic definitions that a definition is or has as dimensions; empty where there are none. */
export function dynamicNamesOf(definition: PartitionsDefinition): readonly string[] {
  return axesOf(definition).flatMap(({ definition: axis }) =>
    axis.kind === "dynamic" ? [axis.name] : [],
  );
}
