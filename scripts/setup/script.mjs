import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SetupError } from "./setupError.mjs";

/** The checkout's directory. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** How long a child process has to end by itself after Ctrl-C, in milliseconds. */
const GRACE_MS = 15_000;

/** @typedef {{ code: number, stdout: string }} Outcome */
/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, capture?: boolean, toStderr?: boolean, quiet?: boolean }} RunOptions */

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
/** @type {NodeJS.Signals | undefined} */
let interruption;

/**
 * Runs a command to its end, without standard input. Its output goes to this process's, or into the outcome with
 * `capture`, or all to standard error with `toStderr`. With `quiet` what it writes to standard error is dropped.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>} the exit code, as a shell would say it: 128 and more for a signal, 127 for no such command
 */
export function run(command, args, options = {}) {
  const {
    cwd = root,
    env = process.env,
    capture = false,
    toStderr = false,
    quiet = false,
  } = options;
  return new Promise((resolve) => {
    const output = capture ? "pipe" : toStderr ? 2 : "inherit";
    const errors = quiet ? "ignore" : "inherit";
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", output, errors] });
    children.add(child);
    let stdout = "";
    child.stdout?.on("data", (data) => {
      stdout += data;
    });
    /** @param {number} code */
    const end = (code) => {
      children.delete(child);
      // After Ctrl-C nothing more is begun; `runScript` ends the process when the last child has ended.
      if (interruption === undefined) resolve({ code, stdout });
    };
    child.once("error", () => end(127));
    child.once("close", (code, signal) =>
      end(signal === null ? (code ?? 1) : 128 + signalNumber(signal)),
    );
  });
}

/** @param {NodeJS.Signals} signal */
function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[/** @type {"SIGINT"} */ (signal)] ?? 0;
}

/** @type {(() => Promise<void>)[]} */
const cleanUps = [];

/**
 * Has something done before the script ends, however it ends.
 *
 * @param {() => Promise<void>} action
 */
export function beforeExit(action) {
  cleanUps.push(action);
}

async function cleanUp() {
  for (const action of cleanUps.splice(0).toReversed()) await action();
}

/**
 * Runs a script's main function and ends the process with the exit code that it gives. On Ctrl-C and SIGTERM the
 * running commands are told to end, then the clean-up is done, then the process ends as a shell expects.
 *
 * @param {() => Promise<number>} main
 */
export async function runScript(main) {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => void interrupt(signal));
  }
  let code = 1;
  try {
    code = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  } finally {
    await cleanUp();
  }
  process.exitCode = code;
}

/** @param {NodeJS.Signals} signal */
async function interrupt(signal) {
  if (interruption !== undefined) return;
  interruption = signal;
  const live = [...children];
  const ended = Promise.all(
    live.map((child) => new Promise((resolve) => child.once("close", resolve))),
  );
  for (const child of live) child.kill(signal === "SIGINT" ? "SIGINT" : "SIGTERM");
  const force = setTimeout(() => {
    for (const child of live) child.kill("SIGKILL");
  }, GRACE_MS);
  await ended;
  clearTimeout(force);
  await cleanUp();
  process.exit(128 + signalNumber(signal));
}
