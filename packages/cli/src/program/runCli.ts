import { CommanderError } from "commander";
import type { RunCommand } from "../command/commandNode.ts";
import { commandTree } from "./commandTree.ts";
import { flagInstead, flagOfSameMeaning, type KnownFlag } from "./flagSuggestions.ts";
import { exitCodeOf, exitCodes } from "../terminal/exitCodes.ts";
import type { CommandIo } from "../terminal/commandIo.ts";
import { buildProgram } from "./buildProgram.ts";
import { escapeText } from "../text/escapeText.ts";
import { themeFor } from "../text/theme.ts";
import type { Services } from "../command/services.ts";
import { type AnyCommand, sharedGroup, sharedOptionsOf } from "../options/sharedOptions.ts";
import { commandInstead, type ReachedGroup, reachedGroup } from "./commandSuggestions.ts";
import { version } from "../terminal/version.ts";

/**
 * Runs one command line.
 *
 * @param argv arguments without the program's own name
 * @returns the exit code; never throws, an error is one line on stderr
 */
export async function runCli(
  argv: readonly string[],
  io: CommandIo,
  services: Services,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  let leaf: AnyCommand | undefined;
  const program = buildProgram(commandTree, {
    version,
    columns: io.stdout.columns,
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    define(command, definition) {
      leaf = command;
      const run: RunCommand = async (action) => {
        exitCode = await runAction(command, action, io, services);
      };
      definition(command, run);
    },
  });
  try {
    await program.parseAsync(asOptions(argv), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return reportCommandLine(error, leaf, argv, io);
    return reportError(error, sharedOptionsOf(leaf ?? program, io.env).verbose, leaf, io);
  }
}

type Action = Parameters<RunCommand>[0];

async function runAction(
  command: AnyCommand,
  action: Action,
  io: CommandIo,
  services: Services,
): Promise<number> {
  const [{ CommandContext }, { Output }] = await Promise.all([
    import("../command/commandContext.ts"),
    import("../terminal/output.ts"),
  ]);
  const shared = sharedOptionsOf(command, io.env);
  const context = new CommandContext(io, shared, new Output(io, shared), services);
  try {
    return (await action(context)) ?? exitCodes.done;
  } finally {
    await context.close();
  }
}

/** `infill help x` means `infill x --help`; no arguments at all ask for help too. */
function asOptions(argv: readonly string[]): string[] {
  if (argv.length === 0) return ["--help"];
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
}

/** What commander found wrong with the arguments, or that it has printed help or the version. */
function reportCommandLine(
  error: CommanderError,
  leaf: AnyCommand | undefined,
  argv: readonly string[],
  io: CommandIo,
): number {
  if (error.exitCode === 0) return exitCodes.done;
  if (error.code === "commander.help") return exitCodes.invalid;
  const sentence = error.message
    .replace(/^error: /, "")
    .replace(/\.?\s*\((Did you mean .*\?)\)$/s, ". $1")
    .replace(/([^.?])$/, "$1.");
  // Commander stops at the first mistake, so only an unknown word says how far the line was understood.
  const isUnknown = error.code.startsWith("commander.unknown");
  const group = reachedGroup(commandTree, isUnknown ? argv : []);
  const help = leaf === undefined ? group.path.join(" ") : pathOf(leaf);
  const meant =
    error.code === "commander.unknownOption"
      ? flagOfSameMeaning(flagsOf(leaf), wordOf(error))
      : undefined;
  const isHinted = meant === undefined && sentence.endsWith("?");
  const instead = meant ?? (isHinted ? undefined : insteadOf(error, leaf, group));
  const hint = instead === undefined ? "" : ` ${instead}`;
  writeError(
    "INFILL_USAGE",
    `${sentence.charAt(0).toUpperCase()}${(meant === undefined ? sentence : sentence.replace(/ Did you mean .*\?$/s, "")).slice(1)}${hint} See \`${help} --help\`.`,
    leaf,
    io,
  );
  return exitCodes.invalid;
}

/** What to try instead of a word or flag that is unknown, where commander found nothing that is spelled alike. */
function insteadOf(
  error: CommanderError,
  leaf: AnyCommand | undefined,
  group: ReachedGroup,
): string | undefined {
  const word = wordOf(error);
  if (error.code === "commander.unknownCommand") return commandInstead(commandTree, group, word);
  if (error.code !== "commander.unknownOption" || leaf === undefined) return undefined;
  return flagInstead(flagsOf(leaf), word);
}

/** The word that commander does not know. */
function wordOf({ message }: CommanderError): string {
  return /'([^']*)'/.exec(message)?.[1] ?? "";
}

function flagsOf(leaf: AnyCommand | undefined): KnownFlag[] {
  return (leaf?.options ?? []).flatMap(({ long, helpGroupHeading }) =>
    long === undefined || long === null
      ? []
      : [{ long, isShared: helpGroupHeading === sharedGroup }],
  );
}

/** The error with its own sentence and code, where Redis refused a key of another type. */
async function errorToReport(thrown: unknown): Promise<unknown> {
  const isWrongType = thrown instanceof Error && /^(WRONGTYPE|UNREADABLE)\b/.test(thrown.message);
  if (!isWrongType) return thrown;
  // Loaded when it is needed: help starts without it.
  const { WrongKeyTypeError } = await import("../terminal/commandErrors.ts");
  return new WrongKeyTypeError({ cause: thrown });
}

async function reportError(
  thrown: unknown,
  verbose: boolean,
  leaf: AnyCommand | undefined,
  io: CommandIo,
): Promise<number> {
  const error = await errorToReport(thrown);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const hint =
    code === undefined && !verbose ? " Run again with --verbose for the stack trace." : "";
  writeError(code ?? "INFILL_UNEXPECTED", `${message}${hint}`, leaf, io);
  if (verbose && error instanceof Error) io.stderr.write(`${stackOf(error)}\n`);
  // The definitions are the input of every command that loads them: what is wrong with them is invalid input.
  if (error instanceof Error && error.name === "ProjectDefinitionError") return exitCodes.invalid;
  return exitCodeOf(code ?? "INFILL_UNEXPECTED");
}

/** The stable code of an error thrown on purpose, by whichever copy of Infill threw it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("INFILL_")
    ? error.code
    : undefined;
}

function writeError(
  code: string,
  message: string,
  leaf: AnyCommand | undefined,
  io: CommandIo,
): void {
  const color = leaf === undefined ? "auto" : sharedOptionsOf(leaf, io.env).color;
  const { paint } = themeFor(color, io.stderr.isTTY, io.env);
  const sentence = escapeText(message.trim().replaceAll(/\s*\r?\n\s*/g, " "));
  io.stderr.write(`${paint("red", "error")} ${code}: ${sentence}\n`);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`.split("\n").map(escapeText).join("\n");
}

function pathOf(command: AnyCommand): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
