import type { Command, OptionValues } from "@commander-js/extra-typings";
import { pageOptionsSchema } from "@infill/client/inputs";
import { duration, rangeOf, wholeNumberOf } from "./parsers.ts";

const { limit } = pageOptionsSchema.shape;
const [leastLimit, mostLimit] = rangeOf(limit);

/** The flags of a command that lists. */
export function withPageOptions<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return command
    .option(
      "--limit <n>",
      `entries on a page, at most (${leastLimit} to ${mostLimit}; default ${limit.parse(undefined)})`,
      wholeNumberOf(limit),
    )
    .option("--cursor <cursor>", "continue a list: nextCursor of the page before")
    .option("-q, --quiet", "print only ids, one a line");
}

/** The flags of a command that changes something. */
export function withChangeOptions<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return command
    .option("--reason <text>", "why; the log keeps it")
    .option("--dry-run", "show what would happen; change nothing")
    .option("-y, --yes", "do not ask (up to 10,000 partitions)")
    .option(
      "--confirm <name>",
      "do not ask, for any number of partitions; repeat the asset selection or the backfill's id",
    );
}

/** The flags of a command that can watch a backfill. */
export function withFollowOptions<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return command
    .option(
      "--timeout <time>",
      "stop watching after this long (exit code 8)",
      duration(0, 86_400_000_000),
    )
    .option(
      "--interval <time>",
      "time between lines if the output is not a terminal (10s)",
      duration(100, 3_600_000),
    );
}

/** How the flags of `withFollowOptions` are followed. */
export function followOptionsOf(options: {
  timeout?: number | undefined;
  interval?: number | undefined;
}): {
  timeoutMs: number | undefined;
  intervalMs: number;
} {
  return { timeoutMs: options.timeout, intervalMs: options.interval ?? 10_000 };
}

/** The client's options for a page, from the flags of `withPageOptions`. */
export function pageOf(options: { limit?: number | undefined; cursor?: string | undefined }): {
  limit?: number;
  cursor?: string;
} {
  return {
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  };
}
