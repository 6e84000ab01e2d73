import { spawn } from "node:child_process";
import { guardProcess } from "./guardProcess.ts";

/** How a child process ended: a code, or the signal that ended it. */
export interface NodeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a child process gets beside its arguments. */
export interface SpawnNodeOptions {
  /** Added to this process's environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Node's own flags, `["--max-old-space-size=64"]`. */
  readonly nodeArgs?: readonly string[];
  /** All that the child can read; its standard input is empty unless given. */
  readonly input?: string;
}

/** A Node process that a test started. */
export interface NodeProcess {
  readonly pid: number;
  /** All that it wrote so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** When it has ended and all its output is here; never rejects. */
  readonly exited: Promise<NodeExit>;
  /**
   * Waits for a line on either stream that the pattern matches, one written before the call included.
   *
   * @throws an Error with the output so far when the process ends without it, or after `timeoutMs` (30,000 unless given)
   */
  waitForLine(pattern: RegExp | string, options?: { readonly timeoutMs?: number }): Promise<string>;
  /** Sends a signal to the process alone; false if it has ended. */
  kill(signal: NodeJS.Signals): boolean;
  /** Ends it in good order (SIGTERM), and its whole process group by force after `timeoutMs` (10,000 unless given). */
  stop(options?: { readonly timeoutMs?: number }): Promise<NodeExit>;
}

/**
 * Runs a script with this Node in a process group of its own, which ends with this process at the latest, however
 * this one ends.
 */
export function spawnNode(
  scriptPath: string,
  args: readonly string[] = [],
  options: SpawnNodeOptions = {},
): NodeProcess {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), scriptPath, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Could not start ${scriptPath}`);
  const release = guardProcess(pid, { group: true });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");

  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (text: string) => {
      output[stream] += text;
      for (const listener of listeners) listener();
    });
  }
  let ended: NodeExit | undefined;
  const exited = new Promise<NodeExit>((resolve) => {
    child.once("close", (code, signal) => {
      ended = { code, signal };
      release();
      for (const listener of listeners) listener();
      resolve(ended);
    });
  });

  return {
    pid,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    exited,
    waitForLine(pattern, { timeoutMs = 30_000 } = {}) {
      const matches = (line: string) =>
        typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
      return new Promise((resolve, reject) => {
        const settle = (action: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          action();
        };
        const fail = (why: string) =>
          settle(() =>
            reject(new Error(`${why} ${pattern}\n${output.stdout}\n${output.stderr}`.trim())),
          );
        const look = () => {
          for (const stream of [output.stdout, output.stderr]) {
            const lines = stream.split("\n");
            // The last line counts only when it is whole.
            if (ended === undefined) lines.pop();
            const line = lines.find(matches);
            if (line !== undefined) return settle(() => resolve(line));
          }
          if (ended !== undefined)
            fail(`The process ended (${ended.signal ?? ended.code}) without`);
        };
        const timer = setTimeout(() => fail(`Waited ${timeoutMs} ms for`), timeoutMs);
        listeners.add(look);
        look();
      });
    },
    kill: (signal) => child.kill(signal),
    async stop({ timeoutMs = 10_000 } = {}) {
      if (ended === undefined) {
        child.kill("SIGCONT");
        child.kill("SIGTERM");
        const force = setTimeout(() => {
          try {
            process.kill(-pid, "SIGKILL");
          } catch {
            // It ended in this moment.
          }
        }, timeoutMs);
        await exited;
        clearTimeout(force);
      }
      return exited;
    },
  };
}
