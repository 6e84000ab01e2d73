export { dynamicKeys, type DynamicKeys, dynamicKeysWithOrdinals } from "./context/dynamicKeys.ts";
export type { PartitionsContext } from "./context/partitionsContext.ts";
export { dynamicNamesOf, axesOf, type Axis } from "./definitions/axes.ts";
export {
  asTimeWindows,
  dynamicNameOf,
  hasDimensions,
  listedKeysOf,
} from "./definitions/axisKinds.ts";
export {
  type CronOptions,
  cronPartitions,
  daily,
  type DailyOptions,
  hourly,
  type HourlyOptions,
  minutely,
  type MinutelyOptions,
  monthly,
  type MonthlyOptions,
  quarterly,
  type TimeWindowOptions,
  weekly,
  type WeeklyOptions,
  yearly,
} from "./definitions/cadences.ts";
export { describeDefinition } from "./definitions/describeDefinition.ts";
export { dynamicPartitions, type DynamicPartitions } from "./definitions/dynamicPartitions.ts";
export { timeWindowEngine } from "./definitions/timeWindowEngine.ts";
export { explainCronDays } from "./time/explainCronDays.ts";
export { type AxisCover, type CoordinateMap, coverDefinition } from "./mappings/coverDefinition.ts";
export { fingerprintOf, isSameFingerprint } from "./definitions/fingerprint.ts";
export {
  type DimensionDefinition,
  dimensionNames,
  type Dimensions,
  multi,
  type MultiPartitions,
} from "./definitions/multiPartitions.ts";
export {
  countPartitions,
  dimensionKeysAt,
  firstPartition,
  lastPartition,
  partitionExists,
  partitionKeyAt,
  partitionOfKey,
  partsOfKey,
  requirePartition,
  timeWindowAt,
} from "./definitions/partitionAnswers.ts";
export { partitionKeys, type PartitionKeysOptions } from "./definitions/partitionKeys.ts";
export {
  assertDimensionKey,
  longestKeyBytes,
  normalizePartitionKey,
} from "./context/partitionKeyText.ts";
export type {
  AxisDefinition,
  Coordinates,
  DimensionKeysOf,
  PartitionKeyOf,
  PartitionsDefinition,
} from "./definitions/partitionsDefinition.ts";
export { staticPartitions, type StaticPartitions } from "./definitions/staticPartitions.ts";
export type {
  Cadence,
  Exclusion,
  TimeWindowPartitions,
} from "./definitions/timeWindowPartitions.ts";
export { unpartitioned, type Unpartitioned } from "./definitions/unpartitioned.ts";
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
export {
  CoordinatesError,
  DynamicKeysRequiredError,
  type ExpectedKeys,
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
  unionAllIntegers,
} from "./integers/integerQueries.ts";
export {
  integerLimit,
  type IntegerBits,
  integerRange,
  type IntegerRuns,
  type IntegerSet,
  noIntegers,
} from "./integers/integerSet.ts";
export { fillRuns, RunsBuilder } from "./integers/runsBuilder.ts";
export { integersFromBits, integersFromRuns, integersFromSorted } from "./integers/makeIntegers.ts";
export {
  mergeTimeWindows,
  type TimeWindow,
  windowContains,
  windowsOverlap,
} from "./time/timeWindow.ts";
export type { AxisGroup, AxisGroups, AxisSet } from "./subsets/axisSet.ts";
export { decodeSubset, encodeSubset } from "./subsets/encodeSubset.ts";
export {
  countSubset,
  emptySubset,
  equalSubsets,
  isEmptySubset,
  isSameDefinition,
  type PartitionsSubset,
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
export {
  type DimensionChoice,
  subsetFromCoordinates,
  subsetFromKeys,
  subsetFromKnownKeys,
  subsetFromRange,
  subsetFromTimeWindows,
  subsetOfDimensions,
} from "./subsets/subsetFromKeys.ts";
export { type AxisPlace, axisPlaceOf, subsetAfter } from "./subsets/subsetAfter.ts";
export { subsetKeys } from "./subsets/subsetKeys.ts";
export {
  forEachLane,
  type Lane,
  lanesOfSubset,
  subsetFromLanes,
  subsetFromLanesInSteps,
} from "./subsets/subsetLanes.ts";
export {
  firstKeyRanges,
  type KeyRange,
  type KeyRanges,
  keyRangesOfSubset,
  timeWindowsOfSubset,
} from "./subsets/subsetRanges.ts";
export { firstOfSubset, lastOfSubset, spreadOfSubset } from "./subsets/subsetSamples.ts";
export {
  DimensionRequiredError,
  MappingIncompatibleError,
  MappingKeyError,
  MappingOptionError,
  NotTimeWindowError,
  TimezoneMismatchError,
} from "./errors/mappingErrors.ts";
export { downstreamOf, type Edge, upstreamOf, type UpstreamPartitions } from "./mappings/edge.ts";
export { selfDownstream, selfUpstream } from "./mappings/selfClosure.ts";
export {
  allPartitionsMapping,
  type AllPartitionsMapping,
  dimensionMapping,
  type DimensionMapping,
  type DimensionPair,
  identityMapping,
  type IdentityMapping,
  lastPartitionMapping,
  type LastPartitionMapping,
  latestOverlapping,
  type LatestOverlappingMapping,
  multiMapping,
  type MultiMapping,
  type PartitionMapping,
  specificPartitions,
  type SpecificPartitionsMapping,
  staticMapping,
  type StaticMapping,
  timeWindowMapping,
  type TimeWindowMapping,
  trailingWindows,
} from "./mappings/partitionMapping.ts";
export { joinedAxes, resolveMapping } from "./mappings/resolveMapping.ts";
export { partitionsForTick, scheduleCronOf, type ScheduleOverride } from "./schedules/schedule.ts";
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
export {
  type AgeUnit,
  ageUnits,
  type PartitionAtom,
  type PartitionClause,
  type PartitionExpression,
  type PartitionPart,
  type PartitionProduct,
  type PartitionTerm,
  type StatusAtom,
  type StatusWord,
  statusWords,
} from "./text/partitionExpression.ts";
export { partitionTextOf } from "./text/partitionTextOf.ts";
export { printKey, printPartitionText } from "./text/printPartitionText.ts";
export { resolvePartitions, statusAtomsOf, type StatusLookup } from "./text/resolvePartitions.ts";
export { parsePartitionTextFor } from "./text/unquotedKey.ts";
