import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** How a process of a scenario is started. */
export interface LineProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
  /** Told each line that is no answer. */
  readonly onLine?: (line: string) => void;
}

/**
 * A process that is spoken to in lines: a question is a line to its input, and the answer is the line of its output
 * that begins with the question. It says `ready` first, and ends on SIGTERM.
 */
export class LineProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #onLine: (line: string) => void;
  /** Who waits for which beginning of a line. */
  readonly #asked = new Map<string, Waiting>();

  private constructor(script: string, { env, nodeArguments = [], onLine }: LineProcessOptions) {
    const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
    this.#onLine = onLine ?? (() => {});
    this.#child = spawn(process.execPath, [...nodeArguments, path], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
    this.#child.once("exit", () => {
      for (const [question, { reject }] of this.#asked)
        reject(new Error(`A process of the benchmark ended before it answered "${question}"`));
    });
  }

  /** @param script a file of this folder, without extension */
  static async start(script: string, options: LineProcessOptions): Promise<LineProcess> {
    const started = new LineProcess(script, options);
    await started.#answer("ready");
    return started;
  }

  /** @returns the words after the question */
  async ask(question: string): Promise<string[]> {
    const answer = this.#answer(question);
    this.#child.stdin.write(`${question}\n`);
    return (await answer).split(" ").filter((word) => word !== "");
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  #answer(question: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#asked.set(question, { resolve, reject });
    });
  }

  #hear(line: string): void {
    for (const [question, { resolve }] of this.#asked) {
      if (line !== question && !line.startsWith(`${question} `)) continue;
      this.#asked.delete(question);
      resolve(line.slice(question.length));
      return;
    }
    this.#onLine(line);
  }
}

/** Whoever waits for a line. */
interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}
