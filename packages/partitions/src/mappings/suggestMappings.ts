import { type Axis, axesOf } from "../definitions/axes.ts";
import type { AxisDefinition, PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { isSameZone } from "../time/timeZone.ts";
import {
  allPartitionsMapping,
  dimensionMapping,
  type DimensionPair,
  identityMapping,
  lastPartitionMapping,
  multiMapping,
  type PartitionMapping,
  specificPartitions,
  staticMapping,
  timeWindowMapping,
} from "./partitionMapping.ts";

/** A mapping that fits two definitions, with its source text. */
export interface SuggestedMapping {
  /** The call, such as `timeWindowMapping()`. */
  readonly text: string;
  /** What it does, if its name does not say so. */
  readonly note?: string;
  readonly mapping: PartitionMapping;
}

/** The mappings that fit two definitions, most likely first; each of them resolves. */
export function suggestMappings(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
): readonly SuggestedMapping[] {
  if (upstream.kind === "unpartitioned" || downstream.kind === "unpartitioned") return [all];
  if (upstream.kind === "multi") {
    return downstream.kind === "multi"
      ? [...dimensionPairs(axesOf(upstream), axesOf(downstream)), all]
      : [...joined(axesOf(upstream), (axis) => suggestForAxes(axis, downstream)), all];
  }
  if (downstream.kind === "multi")
    return [...joined(axesOf(downstream), (axis) => suggestForAxes(upstream, axis)), all];
  return [...suggestForAxes(upstream, downstream), ...fixed(upstream)];
}

/** `write a (what a does), b or c` */
export function suggestionText(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
): string {
  const texts = suggestMappings(upstream, downstream).map(({ text, note }) =>
    note === undefined ? text : `${text} (${note})`,
  );
  const last = texts.at(-1) ?? "";
  return `write ${texts.length > 1 ? `${texts.slice(0, -1).join(", ")} or ${last}` : last}`;
}

const all: SuggestedMapping = { text: "allPartitionsMapping()", mapping: allPartitionsMapping() };

/** Mappings with the same upstream partitions for every downstream one. */
function fixed(upstream: AxisDefinition): SuggestedMapping[] {
  const last = { text: "lastPartitionMapping()", mapping: lastPartitionMapping() };
  const key = upstream.kind === "static" ? upstream.keys[0] : undefined;
  return key === undefined
    ? [all, last]
    : [
        all,
        last,
        { text: `specificPartitions([${quoteValue(key)}])`, mapping: specificPartitions([key]) },
      ];
}

/** Mappings that relate two axes partition by partition; empty for a time axis and another kind. */
function suggestForAxes(upstream: AxisDefinition, downstream: AxisDefinition): SuggestedMapping[] {
  if (upstream.kind === "timeWindow" && downstream.kind === "timeWindow") {
    return isSameZone(upstream.timezone, downstream.timezone)
      ? [{ text: "timeWindowMapping()", mapping: timeWindowMapping() }]
      : [
          {
            text: "timeWindowMapping({ acrossTimezones: true })",
            mapping: timeWindowMapping({ acrossTimezones: true }),
          },
        ];
  }
  if (upstream.kind === "timeWindow" || downstream.kind === "timeWindow") return [];
  const same = { text: "identityMapping()", note: "equal keys", mapping: identityMapping() };
  if (upstream.kind !== "static" || downstream.kind !== "static") return [same];
  const [from, to] = unlikeKeys(upstream.keys, downstream.keys);
  if (from === undefined || to === undefined) return [same];
  const table = {
    text: `staticMapping({ ${keyText(from)}: ${quoteValue(to)} })`,
    note: "for each upstream key and the keys that it feeds",
    mapping: staticMapping({ [from]: to }),
  };
  return upstream.keys.some((key) => downstream.keys.includes(key)) ? [same, table] : [table];
}

/** A key of each side that the other side does not have, if there is one. */
function unlikeKeys(
  upstream: readonly string[],
  downstream: readonly string[],
): [string | undefined, string | undefined] {
  const other = (keys: readonly string[], others: readonly string[]): string | undefined =>
    keys.find((key) => !others.includes(key)) ?? keys[0];
  return [other(upstream, downstream), other(downstream, upstream)];
}

/** One dimension of the side with dimensions, joined with the other side. */
function joined(
  axes: readonly Axis[],
  suggest: (axis: AxisDefinition) => SuggestedMapping[],
): SuggestedMapping[] {
  return axes.flatMap(({ name, definition }) => {
    const [first] = suggest(definition);
    if (first === undefined) return [];
    const isDefault =
      first.mapping.kind === "identity" ||
      (first.mapping.kind === "timeWindow" && !first.mapping.acrossTimezones);
    return [
      {
        text: `dimensionMapping({ dimension: ${quoteValue(name)}${isDefault ? "" : `, mapping: ${first.text}`} })`,
        mapping: dimensionMapping({
          dimension: name,
          ...(isDefault ? {} : { mapping: first.mapping }),
        }),
      },
    ];
  });
}

/** Pairs dimensions of equal names first, then of equal kinds; the others fan out. */
function dimensionPairs(
  upstream: readonly Axis[],
  downstream: readonly Axis[],
): SuggestedMapping[] {
  const taken = new Set<string>();
  const pairs: [string, DimensionPair, string][] = [];
  const pairUp = (fits: (from: Axis, to: Axis) => boolean): void => {
    for (const from of upstream) {
      if (pairs.some(([name]) => name === from.name)) continue;
      const to = downstream.find(
        (each) =>
          !taken.has(each.name) &&
          fits(from, each) &&
          suggestForAxes(from.definition, each.definition).length > 0,
      );
      const [first] = to === undefined ? [] : suggestForAxes(from.definition, to.definition);
      if (to === undefined || first === undefined) continue;
      taken.add(to.name);
      const needsMapping =
        first.mapping.kind === "static" ||
        (first.mapping.kind === "timeWindow" && first.mapping.acrossTimezones);
      pairs.push([
        from.name,
        { dimension: to.name, ...(needsMapping ? { mapping: first.mapping } : {}) },
        `${keyText(from.name)}: { dimension: ${quoteValue(to.name)}${needsMapping ? `, mapping: ${first.text}` : ""} }`,
      ]);
    }
  };
  pairUp((from, to) => from.name === to.name);
  pairUp((from, to) => from.definition.kind === to.definition.kind);
  pairUp(() => true);
  if (pairs.length === 0) return [];
  return [
    {
      text: `multiMapping({ ${pairs.map(([, , text]) => text).join(", ")} })`,
      mapping: multiMapping(Object.fromEntries(pairs.map(([name, pair]) => [name, pair]))),
    },
  ];
}

/** A property's name as TypeScript writes it. */
function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoteValue(name);
}
