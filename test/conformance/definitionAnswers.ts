import {
  type Coordinates,
  countPartitions,
  dimensionKeysAt,
  firstPartition,
  lastPartition,
  latestPartitions,
  type PartitionsContext,
  type PartitionsDefinition,
  partitionAtInstant,
  partitionFrom,
  partitionKeyAt,
  partitionKeys,
  partitionOfKey,
  partitionsForTick,
  partitionUntil,
  requirePartition,
  scheduleCronOf,
  subsetFromRange,
  subsetKeys,
  subsetOfDimensions,
  type TimeWindow,
  timeDefinitionOf,
  timeWindowAt,
  timeWindowNamed,
} from "@infill/partitions";
import { outcome } from "./errorCodes.ts";
import { type Answers, entries, NotUnderstood, utc } from "./vector.ts";

/** What the library answers to each field that a definition vector may expect. */
export function definitionAnswers(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): Answers {
  const keys = (): string[] => [...partitionKeys(definition, context)];
  const keyAt = (partition: Coordinates | undefined): string | null =>
    partition === undefined ? null : partitionKeyAt(definition, partition, context);
  const windowAt = (partition: Coordinates | undefined): unknown =>
    partition === undefined ? null : written(timeWindowAt(definition, partition));
  const windowOf = (ordinal: number | undefined): unknown =>
    windowAt(ordinal === undefined ? undefined : [ordinal]);
  const time = () => timeDefinitionOf(definition);
  const instant = (value: unknown): number => Date.parse(String(value));

  return {
    keys: (expected) => {
      if (Array.isArray(expected)) return keys();
      const all = keys();
      return { count: all.length, first: all[0], last: all.at(-1) };
    },
    windows: () => keys().map((key) => windowAt(requirePartition(definition, key, context))),
    count: () => countPartitions(definition, context),
    firstKey: () => keyAt(firstPartition(definition, context)),
    lastKey: () => keyAt(lastPartition(definition, context)),
    firstWindow: () => windowAt(firstPartition(definition, context)),
    lastWindow: () => windowAt(lastPartition(definition, context)),
    windowForKey: (expected) =>
      entries(expected).map(({ key, error }) => ({
        key,
        ...outcome(error, "window", () => written(namedWindow(definition, String(key), context))),
      })),
    hasKey: (expected) =>
      entries(expected).map(({ key }) => ({
        key,
        has: partitionOfKey(definition, String(key), context) !== undefined,
      })),
    nextKey: (expected) => {
      const all = keys();
      return entries(expected).map(({ key }) => {
        const position = all.indexOf(String(key));
        const [next = null] = partitionKeys(definition, context, {
          offset: position + 1,
          limit: 1,
        });
        return { key, next };
      });
    },
    nextWindow: (expected) =>
      entries(expected).map(({ from }) => ({
        from,
        window: windowOf(partitionFrom(time(), instant(from), context)),
      })),
    prevWindow: (expected) =>
      entries(expected).map(({ from }) => ({
        from,
        window: windowOf(partitionUntil(time(), instant(from), context)),
      })),
    keyForInstant: (expected) =>
      entries(expected).map((entry) => {
        const ordinal = partitionAtInstant(time(), instant(entry["instant"]));
        return { instant: entry["instant"], key: ordinal === undefined ? null : keyAt([ordinal]) };
      }),
    keysInRange: (expected) =>
      entries(expected).map(({ from, to, error }) => ({
        from,
        to,
        ...outcome(error, "keys", () => [
          ...subsetKeys(subsetFromRange(definition, String(from), String(to), context), context),
        ]),
      })),
    keysInWindow: (expected) =>
      entries(expected).map(({ window }) => {
        const [from, to] = window as [string, string]; // README 2.6
        const first = partitionFrom(time(), instant(from), context);
        const starts = (key: string): number =>
          timeWindowAt(definition, requirePartition(definition, key, context))?.startMs ?? 0;
        const inside =
          first === undefined
            ? []
            : keys().filter((key) => starts(key) >= instant(from) && starts(key) < instant(to));
        return { window, keys: inside };
      }),
    keysBetweenIndexes: (expected) =>
      entries(expected).map(({ from, to }) => ({
        from,
        to,
        keys: [
          ...partitionKeys(definition, context, {
            offset: Number(from),
            limit: Number(to) - Number(from),
          }),
        ],
      })),
    pages: (expected) => pagesOf(definition, context, expected),
    keysWithDimension: (expected) =>
      entries(expected).map(({ dimension, value, error }) => ({
        dimension,
        value,
        ...outcome(error, "keys", () => [
          ...subsetKeys(
            subsetOfDimensions(definition, { [String(dimension)]: [String(value)] }, context),
            context,
          ),
        ]),
      })),
    dimensionsOfKey: (expected) =>
      entries(expected).map(({ key }) => ({
        key,
        dimensions: {
          ...dimensionKeysAt(
            definition,
            requirePartition(definition, String(key), context),
            context,
          ),
        },
      })),
    keysInLatestWindow: () => [...subsetKeys(latestPartitions(definition, 1, context), context)],
    scheduleCron: (expected) =>
      entries(expected).map(({ override, error }) => ({
        override,
        ...outcome(error, "cron", () => scheduleCronOf(definition, override ?? {})),
      })),
    keyForTick: (expected) =>
      entries(expected).map((entry) => {
        const [key = null] = keysForTick(definition, entry["tick"], context);
        const window =
          "window" in entry && key !== null
            ? { window: written(timeWindowNamed(time(), key)) }
            : {};
        return { tick: entry["tick"], key, ...window };
      }),
    keysForTick: (expected) =>
      entries(expected).map(({ tick }) => ({ tick, keys: keysForTick(definition, tick, context) })),
    runForKey: (expected) =>
      entries(expected).map(({ key, error }) => ({
        key,
        ...outcome(
          error,
          "run",
          () => requirePartition(definition, String(key), context).length > 0,
        ),
      })),
    valid: () => true,
    keysError: (expected) => outcome(expected, "keys", keys)["error"],
    scheduleError: (expected) =>
      outcome(expected, "cron", () => scheduleCronOf(definition))["error"],
  };
}

function written(window: TimeWindow | undefined): unknown {
  return window === undefined ? null : [utc(window.startMs), utc(window.endMs)];
}

/** The window of a key; of several dimensions, that of the one time dimension's part. */
function namedWindow(
  definition: PartitionsDefinition,
  key: string,
  context: PartitionsContext,
): TimeWindow | undefined {
  const time = timeDefinitionOf(definition);
  if (definition.kind !== "multi") return timeWindowNamed(time, key);
  const partition = partitionOfKey(definition, key, context);
  if (partition !== undefined) return timeWindowAt(definition, partition);
  const names = Object.keys(definition.dimensions).sort();
  const part = names.findIndex((name) => definition.dimensions[name] === time);
  return timeWindowNamed(time, key.split("|")[part] ?? "");
}

function keysForTick(
  definition: PartitionsDefinition,
  tick: unknown,
  context: PartitionsContext,
): string[] {
  return [...subsetKeys(partitionsForTick(definition, Date.parse(String(tick)), context), context)];
}

function pagesOf(
  definition: PartitionsDefinition,
  context: PartitionsContext,
  expected: unknown,
): unknown {
  const { limit, order, pages } = expected as {
    limit: number;
    order: string;
    pages: readonly object[];
  }; // README 2.6
  if (order !== "asc" && order !== "desc") throw new NotUnderstood(`order "${order}" is not known`);
  const count = countPartitions(definition, context);
  return {
    limit,
    order,
    pages: pages.map((page, index) => {
      const offset = index * limit;
      const keys = [
        ...partitionKeys(definition, context, { offset, limit, descending: order === "desc" }),
      ];
      return { keys, ...("hasMore" in page ? { hasMore: offset + keys.length < count } : {}) };
    }),
  };
}
