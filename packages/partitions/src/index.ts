export type { DynamicKeys } from "./context/dynamicKeys.ts";
export { dynamicKeys, dynamicKeysWithOrdinals } from "./context/dynamicKeys.ts";
export type { PartitionsContext } from "./context/partitionsContext.ts";
export type { Axis } from "./definitions/axes.ts";
export { axesOf } from "./definitions/axes.ts";
export type {
  CronOptions,
  DailyOptions,
  HourlyOptions,
  MinutelyOptions,
  MonthlyOptions,
  TimeWindowOptions,
  WeeklyOptions,
} from "./definitions/cadences.ts";
export { cronPartitions, daily, hourly, minutely, monthly, quarterly, weekly, yearly } from "./definitions/cadences.ts";
export { describeDefinition } from "./definitions/describeDefinition.ts";
export type { DynamicPartitions } from "./definitions/dynamicPartitions.ts";
export { dynamicPartitions } from "./definitions/dynamicPartitions.ts";
export { fingerprintOf } from "./definitions/fingerprint.ts";
export type { DimensionDefinition, Dimensions, MultiPartitions } from "./definitions/multiPartitions.ts";
export { dimensionNames, multi } from "./definitions/multiPartitions.ts";
export {
  countPartitions,
  dimensionKeysAt,
  firstPartition,
  lastPartition,
  partitionExists,
  partitionKeyAt,
  partitionOfKey,
  requirePartition,
  timeWindowAt,
} from "./definitions/partitionAnswers.ts";
export type { PartitionKeysOptions } from "./definitions/partitionKeys.ts";
export { partitionKeys } from "./definitions/partitionKeys.ts";
export { longestKeyBytes, normalizePartitionKey } from "./definitions/partitionKeyText.ts";
export type {
  AxisDefinition,
  Coordinates,
  DimensionKeysOf,
  PartitionKeyOf,
  PartitionsDefinition,
} from "./definitions/partitionsDefinition.ts";
export type { StaticPartitions } from "./definitions/staticPartitions.ts";
export { staticPartitions } from "./definitions/staticPartitions.ts";
export type { Cadence, Exclusion, TimeWindowPartitions } from "./definitions/timeWindowPartitions.ts";
export type { Unpartitioned } from "./definitions/unpartitioned.ts";
export { unpartitioned } from "./definitions/unpartitioned.ts";
export {
  CronError,
  DefinitionOptionError,
  DimensionError,
  DuplicateKeyError,
  KeyFormatError,
  OffsetError,
  PartitionKeyError,
  TimeZoneError,
  WallTimeError,
} from "./errors/definitionErrors.ts";
export { InfillError } from "./errors/infillError.ts";
export type { ExpectedKeys } from "./errors/keyErrors.ts";
export {
  CoordinatesError,
  DynamicKeysRequiredError,
  InvertedRangeError,
  NoSingleTimeDimensionError,
  ScheduleOverrideError,
  TooManyPartitionsError,
  UnknownDimensionError,
  UnknownPartitionKeyError,
} from "./errors/keyErrors.ts";
export { didYouMean, nearestName } from "./errors/nearestName.ts";
export { quoteValue } from "./errors/quoteValue.ts";
export { DefinitionMismatchError, SubsetEncodingError } from "./errors/subsetErrors.ts";
export { decodeIntegers, encodeIntegers } from "./integers/encodeIntegers.ts";
export { equalIntegers, intersectIntegers, subtractIntegers, unionIntegers } from "./integers/integerAlgebra.ts";
export {
  clipIntegers,
  countIntegers,
  firstIntegers,
  forEachRun,
  hasInteger,
  integerRuns,
  integers,
  isEmptyIntegers,
  lastIntegers,
  maxInteger,
  minInteger,
  nextInteger,
  nthInteger,
  spreadIntegers,
} from "./integers/integerQueries.ts";
export type { IntegerBits, IntegerRuns, IntegerSet } from "./integers/integerSet.ts";
export { integerRange, noIntegers } from "./integers/integerSet.ts";
export { integersFromBits, integersFromRuns, integersFromSorted } from "./integers/makeIntegers.ts";
export type { TimeWindow } from "./time/timeWindow.ts";
export { mergeTimeWindows, windowContains, windowsOverlap } from "./time/timeWindow.ts";
