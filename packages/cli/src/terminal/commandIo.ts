/** Where text goes. */
export interface TextOutput {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
}

/** What ends a command from outside: a signal, or the death of the process that started it. */
export type Interruption = "SIGINT" | "SIGTERM" | "parent";

/** What nobody in the process has handled. */
export type Stray =
  | { readonly kind: "rejection" | "exception" | "warning"; readonly error: unknown }
  /** Text that a library of ours printed by itself. */
  | { readonly kind: "printed"; readonly text: string };

/** Everything of the process that a command touches, so that tests can stand in for it. */
export interface CommandIo {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The program and the arguments that run this command again, for the workers of `infill dev`. */
  readonly self: readonly [program: string, ...args: string[]];
  /** Standard input as text; `tooLong` where it has more than `maxBytes`. */
  readStdin(maxBytes: number): Promise<{ readonly text: string; readonly tooLong: boolean }>;
  /** One answer to a question; undefined on Ctrl-C, Ctrl-D and the end of the input. */
  ask(question: string): Promise<string | undefined>;
  /** Calls the listener for each interruption instead of ending the process, until the returned function is called. */
  onInterruption(listener: (what: Interruption) => void): () => void;
  /** Calls the listener for each stray instead of ending the process or printing it, until the returned function is called. */
  onStray(listener: (stray: Stray) => void): () => void;
  /** From now on, what anything but this command writes to the process's stdout goes to its stderr. */
  keepStdoutClean(): void;
  /** Epoch milliseconds. */
  now(): number;
}
