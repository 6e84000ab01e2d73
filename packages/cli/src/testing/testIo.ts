import type { CommandIo, Interruption, Stray } from "../terminal/commandIo.ts";

/** A stand-in for the process: what a command wrote, and what a test tells it. */
export interface TestIo extends CommandIo {
  readonly out: string;
  readonly err: string;
  /** Questions that were asked. */
  readonly questions: readonly string[];
  interrupt(what: Interruption): void;
  stray(what: Stray): void;
}

export interface TestIoOptions {
  /** The terminal on stdout, stderr and stdin; none unless given. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Answers to questions, in order; then Ctrl-C. */
  readonly answers?: readonly string[];
}

/** 2024-06-01T12:00:00Z, when every test command runs. */
export const testNowMs: number = Date.UTC(2024, 5, 1, 12);

export function testIo(options: TestIoOptions = {}): TestIo {
  const written = { out: "", err: "" };
  const questions: string[] = [];
  const answers = [...(options.answers ?? [])];
  const listeners = new Set<(what: Interruption) => void>();
  const strays = new Set<(stray: Stray) => void>();
  const isTTY = options.columns !== undefined;
  const output = (stream: keyof typeof written) => ({
    write(text: string) {
      written[stream] += text;
    },
    isTTY,
    columns: options.columns ?? 80,
  });
  return {
    get out() {
      return written.out;
    },
    get err() {
      return written.err;
    },
    questions,
    stdout: output("out"),
    stderr: output("err"),
    isInteractive: isTTY,
    env: { INFILL_ACTOR: "tester", ...options.env },
    cwd: options.cwd ?? process.cwd(),
    self: ["infill"],
    readStdin: async (maxBytes) => {
      const text = options.stdin ?? "";
      return text.length > maxBytes ? { text: "", tooLong: true } : { text, tooLong: false };
    },
    ask: async (question) => {
      questions.push(question);
      return answers.shift();
    },
    onInterruption(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    interrupt(what) {
      for (const listener of listeners) listener(what);
    },
    onStray(listener) {
      strays.add(listener);
      return () => void strays.delete(listener);
    },
    stray(what) {
      for (const listener of strays) listener(what);
    },
    keepStdoutClean() {},
    now: () => testNowMs,
  };
}
