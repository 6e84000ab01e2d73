import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { backfillOrders, type SettingChanges } from "@infill/core";
import { duration, share, wholeNumber } from "./parsers.ts";

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
      "of competing backfills the one with the higher number always goes first (-100 to 100; 0)",
      wholeNumber(-100, 100),
    )
    .option(
      "--weight <n>",
      "share of a pool, compared with other backfills of the same priority (1 to 1000; 1)",
      wholeNumber(1, 1_000),
    )
    .option(
      "--max-failures <n>",
      "pause when this many partitions have failed",
      wholeNumber(1, 100_000_000),
    )
    .option(
      "--max-failure-rate <percent>",
      "pause when this share of the newest 100 settlements has failed (5%)",
      share(0.000_001),
    )
    .option("--max-time <time>", "pause after this long", duration(1_000, 365 * 86_400_000))
    .option(
      "--min-success <percent>",
      "succeed if at least this share of partitions succeeds (100%)",
      share(0),
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
  const budget = {
    ...(maxFailures === undefined ? {} : { failures: maxFailures }),
    ...(maxFailureRate === undefined ? {} : { failureRate: maxFailureRate }),
    ...(maxTime === undefined ? {} : { wallMs: maxTime }),
  };
  return {
    ...(order === undefined ? {} : { order }),
    ...(priority === undefined ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
    ...(Object.keys(budget).length === 0 ? {} : { budget }),
    ...(minSuccess === undefined ? {} : { minSuccessRatio: minSuccess }),
  };
}
