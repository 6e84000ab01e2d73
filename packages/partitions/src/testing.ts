export { anyIntegerSet, anySmallIntegers } from "./testing/anyIntegerSet.ts";
export {
  anyMultiPartitions,
  anyStaticPartitions,
  anyTimeWindowPartitions,
  zonesOfInterest,
} from "./testing/anyDefinition.ts";
export { anySubsetOf } from "./testing/anySubset.ts";
