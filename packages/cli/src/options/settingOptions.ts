import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { backfillOrders, budgetSchema, type SettingChanges, settingFields } from "@infill/core";
import { durationOf, rangeOf, share, wholeNumberOf } from "./parsers.ts";

const budget = budgetSchema.shape;
/** The least share that a percentage can say, since the schema takes everything above 0. */
const leastShare = 0.000_001;
const [leastPriority, mostPriority] = rangeOf(settingFields.priority);
const [leastWeight, mostWeight] = rangeOf(settingFields.weight);

/** The flags for how a backfill runs, of the commands that submit one and that change one. */
export function withSettingOptions<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return command
    .addOption(
      new Option("--order <order>", "which partitions start first (oldest)").choices(
        backfillOrders,
      ),
    )
    .option(
      "--priority <n>",
      `of competing backfills the one with the higher number always goes first (${leastPriority} to ${mostPriority}; 0)`,
      wholeNumberOf(settingFields.priority),
    )
    .option(
      "--weight <n>",
      `share of a pool, compared with other backfills of the same priority (${leastWeight} to ${mostWeight}; 1)`,
      wholeNumberOf(settingFields.weight),
    )
    .option(
      "--max-failures <n>",
      "pause when this many partitions have failed",
      wholeNumberOf(budget.failures),
    )
    .option(
      "--max-failure-rate <percent>",
      "pause when this share of the newest 100 settlements has failed (5%)",
      share(leastShare),
    )
    .option("--max-time <time>", "pause after this long", durationOf(budget.wallMs))
    .option(
      "--min-success <percent>",
      "succeed if at least this share of partitions succeeds (100%)",
      share(rangeOf(settingFields.minSuccessRatio)[0]),
    );
}

/** The settings that the flags of `withSettingOptions` name; those that were not given are absent. */
export function settingsOf(options: {
  readonly order?: SettingChanges["order"];
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly maxFailures?: number | undefined;
  readonly maxFailureRate?: number | undefined;
  readonly maxTime?: number | undefined;
  readonly minSuccess?: number | undefined;
}): Pick<
  { [Name in keyof SettingChanges]: NonNullable<SettingChanges[Name]> },
  "order" | "priority" | "weight" | "budget" | "minSuccessRatio"
> {
  const { order, priority, weight, maxFailures, maxFailureRate, maxTime, minSuccess } = options;
  const limits = {
    ...(maxFailures === undefined ? {} : { failures: maxFailures }),
    ...(maxFailureRate === undefined ? {} : { failureRate: maxFailureRate }),
    ...(maxTime === undefined ? {} : { wallMs: maxTime }),
  };
  return {
    ...(order === undefined ? {} : { order }),
    ...(priority === undefined ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
    ...(Object.keys(limits).length === 0 ? {} : { budget: limits }),
    ...(minSuccess === undefined ? {} : { minSuccessRatio: minSuccess }),
  };
}
