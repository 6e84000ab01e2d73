import { Command } from "commander";
import type { CommandNode, DefineCommand } from "../command/commandNode.ts";
import { type AnyCommand, declareSharedOptions } from "../options/sharedOptions.ts";

/** How the assembled program reports and runs. */
export interface ProgramOptions {
  readonly version: string;
  writeOut(text: string): void;
  writeErr(text: string): void;
  readonly columns: number;
  /** Adds to a command what its definition says; called when its name was met on the command line. */
  define(command: AnyCommand, definition: DefineCommand): void;
}

/**
 * Assembles the command from its tree. Names and summaries are there at once; arguments, options and actions are
 * loaded for the one command that is used.
 */
export function buildProgram(root: CommandNode, options: ProgramOptions): AnyCommand {
  // The class of commander under the types that infer options: loading the package of those types takes 20 ms.
  const program = new Command(root.name) as unknown as AnyCommand;
  program
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => options.writeOut(text),
      writeErr: (text) => options.writeErr(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.max(40, Math.min(options.columns, 100)),
      getErrHelpWidth: () => Math.max(40, Math.min(options.columns, 100)),
      // Whether help may have colors is not its own decision, and it has none.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ sortSubcommands: false, subcommandTerm: (command) => command.name() });
  program.version(options.version, "-V, --version", "print the version");
  addNode(program, root, options);
  return program;
}

function addNode(command: AnyCommand, node: CommandNode, options: ProgramOptions): void {
  command.description(node.summary).helpOption("-h, --help", "print this help").helpCommand(false);
  command.addHelpText("before", examplesText(node));
  // A command declares its own options first, when it is used, so that help shows them first.
  if (node.load === undefined) declareSharedOptions(command);
  const loads = new Map<string, CommandNode["load"]>();
  for (const child of node.commands ?? []) {
    const childCommand: AnyCommand = command.command(child.name);
    childCommand.enablePositionalOptions().allowExcessArguments(false);
    addNode(childCommand, child, options);
    loads.set(child.name, child.load);
  }
  command.hook("preSubcommand", async (_command, used) => {
    const load = loads.get(used.name());
    if (load === undefined) return;
    options.define(used, await load());
    declareSharedOptions(used);
  });
}

/** Examples side by side with what they mean, or below it where that is too wide. */
function examplesText({ examples }: CommandNode): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const isWide = examples.some(([, meaning]) => width + meaning.length > 90);
  const lines = examples.map(([line, meaning]) =>
    isWide ? `  # ${meaning}\n  $ ${line}` : `  $ ${line.padEnd(width)}   # ${meaning}`,
  );
  return `Examples:\n${lines.join("\n")}\n`;
}
