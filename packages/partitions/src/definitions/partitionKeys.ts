import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "./axes.ts";
import type { AxisView } from "./axisView.ts";
import { axisViews } from "./partitionAnswers.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/** The part of the keys to list. */
export interface PartitionKeysOptions {
  /** How many to skip first. Default 0. */
  readonly offset?: number | undefined;
  /** Most keys. Default all. */
  readonly limit?: number | undefined;
  /** From the last key to the first. Default false. */
  readonly descending?: boolean | undefined;
}

/**
 * The keys that exist, in definition order: declared order of static keys, time ascending,
 * insertion order of dynamic keys; for several dimensions the product over their sorted names, last
 * name fastest. Streams; an offset costs no iteration.
 */
export function* partitionKeys(
  definition: PartitionsDefinition,
  context: PartitionsContext,
  { offset = 0, limit = Infinity, descending = false }: PartitionKeysOptions = {},
): Generator<string> {
  const views = axisViews(definition, context);
  const inKeyOrder = axisLayout(definition).axisOfPart.flatMap((axis) => views[axis] ?? []);
  const last = inKeyOrder.at(-1);
  if (last === undefined) return;
  const others = inKeyOrder.slice(0, -1);
  const count = inKeyOrder.reduce((product, view) => product * view.count, 1);
  const end = Math.min(count, offset + limit);
  let prefix = "";
  let prefixOf = -1;
  for (let index = Math.max(0, offset); index < end; index++) {
    const position = descending ? count - 1 - index : index;
    const outer = Math.floor(position / last.count);
    if (outer !== prefixOf) {
      prefix = prefixAt(others, outer);
      prefixOf = outer;
    }
    const key = last.keyAt(last.coordinateAt(position - outer * last.count));
    yield others.length === 0 ? key : prefix + key;
  }
}

/** The parts of a key before the last one, each followed by `|`. */
function prefixAt(views: readonly AxisView[], position: number): string {
  let rest = position;
  let prefix = "";
  for (const view of views.toReversed()) {
    const outer = Math.floor(rest / view.count);
    prefix = `${view.keyAt(view.coordinateAt(rest - outer * view.count))}|${prefix}`;
    rest = outer;
  }
  return prefix;
}
