import type { Command } from "@commander-js/extra-typings";
import type { CommandContext } from "./commandContext.ts";

/** A command before its definition has added anything of its own. */
export type BareCommand = Command<[], Record<never, never>, Record<never, never>>;

/** Runs what a command does, with everything it needs; what it returns is the exit code, 0 if nothing. */
export type RunCommand = (
  action: (context: CommandContext) => Promise<number | void>,
) => Promise<void>;

/** Declares the arguments, options and action of a command. */
export type DefineCommand = (command: BareCommand, run: RunCommand) => void;

/** One word of the command line. A group has `commands`, anything else a `load`. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  /** Help opens with these; two of them. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly commands?: readonly CommandNode[];
  /** Imports the definition when the command is used, so that help for others costs nothing. */
  readonly load?: () => Promise<DefineCommand>;
}
