import type { Command } from "@commander-js/extra-typings";
import { Option } from "commander";
import { type LogLevel, logLevels } from "./logLevels.ts";
import { duration } from "./parsers.ts";

/** The forms that data takes on stdout. */
export const outputFormats = ["table", "json", "jsonl"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What every command accepts, at whichever level of the command line it was written. */
export interface SharedOptions {
  readonly output: OutputFormat;
  readonly project: string | undefined;
  readonly redisUrl: string | undefined;
  /** How long a command waits for Redis, in milliseconds. */
  readonly redisTimeoutMs: number;
  readonly color: "auto" | "always" | "never";
  /** False: a question that is due is an error. */
  readonly input: boolean;
  readonly verbose: boolean;
  /** The least of what planners and workers log. */
  readonly logLevel: LogLevel;
}

/** Any command, whatever its own options are. */
// oxlint-disable-next-line typescript/no-explicit-any -- its type parameters list the options declared so far
export type AnyCommand = Command<any, any, any>;

/** The heading in help over the flags that every command has. */
export const sharedGroup = "Shared options:";

/** Declares the shared options on a command; later levels of the command line win. */
export function declareSharedOptions(command: AnyCommand): void {
  command
    .optionsGroup(sharedGroup)
    .addOption(
      new Option("-o, --output <format>", "format of the data on stdout").choices(outputFormats),
    )
    .option("--json", "the same as --output json")
    .option("--project <file>", "project file (infill.config.ts here or above; INFILL_PROJECT)")
    .option(
      "--redis-url <url>",
      "Redis to use (INFILL_REDIS_URL, REDIS_URL, a running infill dev, the project's)",
    )
    .option(
      "--redis-wait <time>",
      "how long to wait for a Redis that is full, still loads its data, or went away during the command (30s)",
      duration(1_000, 86_400_000),
    )
    .addOption(
      new Option("--color <when>", "color the output").choices(["auto", "always", "never"]),
    )
    .addOption(
      new Option(
        "--log-level <level>",
        "lowest level that planners and workers log (INFILL_LOG_LEVEL; info)",
      ).choices(logLevels),
    )
    .option("--no-input", "never ask; exit with an error if an answer is needed")
    .option("--verbose", "show stack traces and every warning (INFILL_DEBUG=1)");
}

/** The shared options of a command line: those at the leaf win over those before it. */
export function sharedOptionsOf(
  leaf: AnyCommand,
  env: Readonly<Record<string, string | undefined>>,
): SharedOptions {
  const written: Record<string, unknown> = {};
  for (const command of pathTo(leaf)) {
    for (const [name, value] of Object.entries(command.opts())) {
      if (command.getOptionValueSource(name) === "cli") written[name] = value;
    }
  }
  return {
    output: written["json"] === true ? "json" : oneOf(outputFormats, written["output"], "table"),
    project: textOf(written["project"]) ?? textOf(env["INFILL_PROJECT"]),
    redisUrl: textOf(written["redisUrl"]),
    redisTimeoutMs: typeof written["redisWait"] === "number" ? written["redisWait"] : 30_000,
    color: oneOf(["auto", "always", "never"] as const, written["color"], "auto"),
    input: written["input"] !== false,
    logLevel: oneOf(
      logLevels,
      written["logLevel"],
      oneOf(logLevels, env["INFILL_LOG_LEVEL"], "info"),
    ),
    verbose: written["verbose"] === true || textOf(env["INFILL_DEBUG"]) !== undefined,
  };
}

function pathTo(leaf: AnyCommand): AnyCommand[] {
  const path: AnyCommand[] = [];
  for (let at: AnyCommand | null = leaf; at !== null; at = at.parent) path.unshift(at);
  return path;
}

function oneOf<const T extends string>(values: readonly T[], value: unknown, fallback: T): T {
  return values.find((candidate) => candidate === value) ?? fallback;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
