import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "./axes.ts";
import type { AxisView } from "./axisView.ts";
import { axisViews } from "./partitionAnswers.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/** Which stretch of the keys to list. */
export interface PartitionKeysOptions {
  /** How many to leave out first. Default 0. */
  readonly offset?: number | undefined;
  /** How many to list at most. Default all. */
  readonly limit?: number | undefined;
  /** From the last key to the first. Default false. */
  readonly descending?: boolean | undefined;
}

/**
 * The keys that exist, in definition order: declared order of static keys, time ascending, insertion order of dynamic
 * keys; of several dimensions the product over their sorted names, last name fastest. Streams; an offset is not walked.
 */
export function* partitionKeys(
  definition: PartitionsDefinition,
  context: PartitionsContext,
  { offset = 0, limit = Infinity, descending = false }: PartitionKeysOptions = {},
): Generator<string> {
  const views = axisViews(definition, context);
  const inKeyOrder = axisLayout(definition).axisOfPart.flatMap((axis) => views[axis] ?? []);
  const count = inKeyOrder.reduce((product, view) => product * view.count, 1);
  const last = Math.min(count, offset + limit);
  for (let index = Math.max(0, offset); index < last; index++) {
    yield keyAtPosition(inKeyOrder, descending ? count - 1 - index : index);
  }
}

function keyAtPosition(views: readonly AxisView[], position: number): string {
  let rest = position;
  let key = "";
  for (let part = views.length - 1; part >= 0; part--) {
    const view = views[part];
    if (view === undefined) continue;
    const inAxis = rest % view.count;
    rest = Math.floor(rest / view.count);
    const text = view.keyAt(view.coordinateAt(inAxis));
    key = part === views.length - 1 ? text : `${text}|${key}`;
  }
  return key;
}
