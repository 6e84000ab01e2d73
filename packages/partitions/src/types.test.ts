import { expectTypeOf, test } from "vitest";
import {
  daily,
  type DimensionKeysOf,
  dimensionKeysAt,
  dynamicPartitions,
  hourly,
  multi,
  multiMapping,
  type PartitionKeyOf,
  type PartitionsContext,
  type PartitionsSubset,
  staticPartitions,
  subsetFromKeys,
  subsetOfDimensions,
  type Unpartitioned,
} from "./index.ts";

const days = daily({ start: "2024-01-01" });
const regions = staticPartitions(["us", "eu"]);
const grid = multi({
  date: days,
  region: regions,
  customer: dynamicPartitions({ name: "customers" }),
});
const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 10) };

test("static keys are literals to the compiler, others are text", () => {
  expectTypeOf<PartitionKeyOf<typeof regions>>().toEqualTypeOf<"us" | "eu">();
  expectTypeOf<PartitionKeyOf<typeof days>>().toEqualTypeOf<string>();
  expectTypeOf<DimensionKeysOf<typeof grid>>().toEqualTypeOf<{
    readonly date: string;
    readonly region: "us" | "eu";
    readonly customer: string;
  }>();
  expectTypeOf<keyof DimensionKeysOf<typeof days>>().toEqualTypeOf<never>();
  expectTypeOf<keyof DimensionKeysOf<Unpartitioned>>().toEqualTypeOf<never>();
  expectTypeOf(dimensionKeysAt<typeof grid>).returns.toEqualTypeOf<DimensionKeysOf<typeof grid>>();
});

test("a subset knows its definition", () => {
  expectTypeOf(subsetFromKeys(regions, ["us"], context)).toEqualTypeOf<
    PartitionsSubset<typeof regions>
  >();
});

test("a wrong key, dimension or option does not compile", () => {
  const wrong = [
    // @ts-expect-error "ap" is not assignable to "us" | "eu"
    () => subsetFromKeys(regions, ["ap"], context),
    // @ts-expect-error "ap" is not assignable to "us" | "eu"
    () => subsetOfDimensions(grid, { region: ["ap"] }, context),
    // @ts-expect-error "zone" is no dimension
    () => subsetOfDimensions(grid, { zone: ["us"] }, context),
    // @ts-expect-error a definition without dimensions
    () => subsetOfDimensions(days, { region: ["us"] }, context),
    // @ts-expect-error dimensions cannot be nested
    () => multi({ a: grid }),
    // @ts-expect-error an hourly definition has no hour offset
    () => hourly({ start: "2024-01-01", hourOffset: 1 }),
    // @ts-expect-error a start is needed
    () => daily({}),
    // @ts-expect-error the downstream dimension is needed
    () => multiMapping({ date: {} }),
  ];
  expectTypeOf(wrong).toBeArray();
});
