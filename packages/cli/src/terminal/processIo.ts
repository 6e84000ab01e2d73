import { createInterface } from "node:readline";
import type { CommandIo, Interruption, TextOutput } from "./commandIo.ts";
import { listenToStrays } from "./listenToStrays.ts";

/** The real process, and how to end it. */
export interface ProcessIo extends CommandIo {
  /** Waits until everything written has left the process. */
  flush(): Promise<void>;
}

/** The command's view of the process it runs in. A closed pipe on stdout ends the process quietly. */
export function processIo(): ProcessIo {
  const { stdin, stdout, stderr, env } = process;
  const writeOut = stdout.write.bind(stdout);
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  // A log that nobody reads any more is no reason to stop a worker.
  stderr.on("error", () => {});
  return {
    stdout: outputOn(stdout, writeOut),
    stderr: outputOn(stderr, (text) => stderr.write(text)),
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    env,
    cwd: process.cwd(),
    self: [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)],
    readStdin,
    ask,
    onInterruption,
    onStray: listenToStrays,
    keepStdoutClean() {
      stdout.write = stderr.write.bind(stderr);
    },
    now: Date.now,
    async flush() {
      await new Promise<void>((resolve) => writeOut("", () => resolve()));
      await new Promise<void>((resolve) => stderr.write("", () => resolve()));
    },
  };
}

function outputOn(stream: NodeJS.WriteStream, write: (text: string) => void): TextOutput {
  return {
    write,
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns > 0 ? stream.columns : 80;
    },
  };
}

async function readStdin(maxBytes: number): Promise<{ text: string; tooLong: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > maxBytes) return { text: "", tooLong: true };
    chunks.push(buffer);
  }
  return { text: Buffer.concat(chunks).toString("utf8"), tooLong: false };
}

function ask(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const finish = (answer: string | undefined) => {
      resolve(answer);
      terminal.close();
    };
    terminal.on("SIGINT", () => finish(undefined));
    terminal.on("close", () => resolve(undefined));
    terminal.question(question, finish);
  });
}

function onInterruption(listener: (what: Interruption) => void): () => void {
  const interrupt = () => listener("SIGINT");
  const terminate = () => listener("SIGTERM");
  const orphan = () => listener("parent");
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  if (process.channel !== undefined && process.channel !== null) process.once("disconnect", orphan);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", terminate);
    process.off("disconnect", orphan);
  };
}
