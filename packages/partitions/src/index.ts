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
export {
  cronPartitions,
  daily,
  hourly,
  minutely,
  monthly,
  quarterly,
  weekly,
  yearly,
} from "./definitions/cadences.ts";
export { describeDefinition } from "./definitions/describeDefinition.ts";
export type { DynamicPartitions } from "./definitions/dynamicPartitions.ts";
export { dynamicNamesOf } from "./definitions/dynamicNames.ts";
export { dynamicPartitions } from "./definitions/dynamicPartitions.ts";
export { explainCronDays } from "./definitions/explainCronDays.ts";
export { type CoordinateMap, coverDefinition } from "./definitions/coverDefinition.ts";
export { fingerprintOf, isSameFingerprint } from "./definitions/fingerprint.ts";
export type {
  DimensionDefinition,
  Dimensions,
  MultiPartitions,
} from "./definitions/multiPartitions.ts";
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
export {
  assertDimensionKey,
  longestKeyBytes,
  normalizePartitionKey,
} from "./definitions/partitionKeyText.ts";
export type {
  AxisDefinition,
  Coordinates,
  DimensionKeysOf,
  PartitionKeyOf,
  PartitionsDefinition,
} from "./definitions/partitionsDefinition.ts";
export type { StaticPartitions } from "./definitions/staticPartitions.ts";
export { staticPartitions } from "./definitions/staticPartitions.ts";
export type {
  Cadence,
  Exclusion,
  TimeWindowPartitions,
} from "./definitions/timeWindowPartitions.ts";
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
export {
  equalIntegers,
  intersectIntegers,
  subtractIntegers,
  unionIntegers,
} from "./integers/integerAlgebra.ts";
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
export type { AxisGroup, AxisGroups, AxisSet } from "./subsets/axisSet.ts";
export { decodeSubset, encodeSubset } from "./subsets/encodeSubset.ts";
export type { PartitionsSubset } from "./subsets/partitionsSubset.ts";
export {
  countSubset,
  emptySubset,
  equalSubsets,
  isEmptySubset,
  isSameDefinition,
  projectSubset,
  subsetHas,
} from "./subsets/partitionsSubset.ts";
export {
  allPartitions,
  complementSubset,
  intersectSubsets,
  subtractSubsets,
  unionSubsets,
} from "./subsets/subsetAlgebra.ts";
export type { DimensionChoice } from "./subsets/subsetFromKeys.ts";
export {
  subsetFromCoordinates,
  subsetFromKeys,
  subsetFromKnownKeys,
  subsetFromRange,
  subsetFromTimeWindows,
  subsetOfDimensions,
} from "./subsets/subsetFromKeys.ts";
export { type AxisPlace, axisPlaceOf, subsetAfter } from "./subsets/subsetAfter.ts";
export { subsetKeys } from "./subsets/subsetKeys.ts";
export type { Lane } from "./subsets/subsetLanes.ts";
export {
  forEachLane,
  lanesOfSubset,
  subsetFromLanes,
  subsetFromLanesInSteps,
} from "./subsets/subsetLanes.ts";
export type { KeyRange, KeyRanges } from "./subsets/subsetRanges.ts";
export { firstKeyRanges, keyRangesOfSubset, timeWindowsOfSubset } from "./subsets/subsetRanges.ts";
export { firstOfSubset, lastOfSubset, spreadOfSubset } from "./subsets/subsetSamples.ts";
export {
  DimensionRequiredError,
  MappingIncompatibleError,
  MappingKeyError,
  MappingOptionError,
  NotTimeWindowError,
  TimezoneMismatchError,
} from "./errors/mappingErrors.ts";
export type { Edge, UpstreamPartitions } from "./mappings/edge.ts";
export { downstreamOf, upstreamOf } from "./mappings/edge.ts";
export { selfDownstream, selfUpstream } from "./mappings/selfClosure.ts";
export type {
  AllPartitionsMapping,
  DimensionMapping,
  DimensionPair,
  IdentityMapping,
  LastPartitionMapping,
  LatestOverlappingMapping,
  MultiMapping,
  PartitionMapping,
  SpecificPartitionsMapping,
  StaticMapping,
  TimeWindowMapping,
} from "./mappings/partitionMapping.ts";
export {
  allPartitionsMapping,
  dimensionMapping,
  identityMapping,
  lastPartitionMapping,
  latestOverlapping,
  multiMapping,
  specificPartitions,
  staticMapping,
  timeWindowMapping,
  trailingWindows,
} from "./mappings/partitionMapping.ts";
export { joinedAxes, resolveMapping } from "./mappings/resolveMapping.ts";
export type { ScheduleOverride } from "./definitions/schedule.ts";
export { partitionsForTick, scheduleCronOf } from "./definitions/schedule.ts";
export {
  partitionAtInstant,
  partitionFrom,
  partitionUntil,
  timeDefinitionOf,
  timeWindowNamed,
} from "./definitions/timeWindowAnswers.ts";
export { latestPartitions } from "./subsets/latestPartitions.ts";
export {
  PartitionTextDimensionError,
  PartitionTextError,
  PartitionTextTooLongError,
} from "./errors/textErrors.ts";
export { parsePartitionText } from "./text/parsePartitionText.ts";
export { ageUnits, statusWords } from "./text/partitionExpression.ts";
export type {
  AgeUnit,
  PartitionAtom,
  PartitionClause,
  PartitionExpression,
  PartitionPart,
  PartitionProduct,
  PartitionTerm,
  StatusAtom,
  StatusWord,
} from "./text/partitionExpression.ts";
export { partitionTextOf } from "./text/partitionTextOf.ts";
export { printKey, printPartitionText } from "./text/printPartitionText.ts";
export type { StatusLookup } from "./text/resolvePartitions.ts";
export { resolvePartitions, statusAtomsOf } from "./text/resolvePartitions.ts";
export { parsePartitionTextFor } from "./text/unquotedKey.ts";
