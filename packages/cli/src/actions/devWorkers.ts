import { type ChildProcess, spawn } from "node:child_process";
import type { Logger } from "@infill/core";
import type { CommandIo } from "../terminal/commandIo.ts";
import { crashReason, LastLines, restartDelayMs, steadyMs } from "./crashes.ts";
import { workerOfDev } from "./runService.ts";
import type { LogLevel } from "../options/logLevels.ts";

/** The worker processes of an `infill dev`. */
export interface DevWorkers {
  /** Tells each to stop in good order, and the second time to stop at once; resolves when all have ended. */
  stop(): Promise<void>;
}

export interface DevWorkersOptions {
  readonly count: number;
  readonly concurrency: number;
  /** Arguments of `worker start`. */
  readonly limits: readonly string[];
  readonly projectFile: string;
  readonly redisUrl: string;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/**
 * Starts workers as child processes of the same command, and starts one again that ends by itself: after a second, and
 * after twice as long each time that it ends within a minute, up to a minute. They end with this process at the latest:
 * each notices when the channel to it closes.
 */
export function startDevWorkers(
  io: CommandIo,
  log: Logger,
  options: DevWorkersOptions,
): DevWorkers {
  const children = new Map<number, ChildProcess>();
  const restarts = new Set<NodeJS.Timeout>();
  let isStopping = false;
  let whenAllEnded = () => {};

  const start = (number: number, crashes = 0) => {
    const child = spawnWorker(io, options);
    const startedMs = io.now();
    const lines = new LastLines();
    children.set(number, child);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lines.add(text);
      io.stderr.write(text);
    });
    const ended = (how: string) => {
      if (children.get(number) !== child) return;
      children.delete(number);
      if (isStopping) {
        if (children.size === 0) whenAllEnded();
        return;
      }
      const again = io.now() - startedMs >= steadyMs ? 0 : crashes;
      const delayMs = restartDelayMs(again);
      const reason = crashReason(lines.text);
      log.error(`worker process ended (${how}); starting it again in ${delayMs / 1_000} s`, {
        worker: number,
        ...(reason === undefined ? {} : { reason }),
      });
      const restart = setTimeout(() => {
        restarts.delete(restart);
        start(number, again + 1);
      }, delayMs);
      restarts.add(restart);
    };
    child.once("error", (error) => ended(error.message));
    // Closed after its last output has been read, which says why it ended.
    child.once("close", (code, signal) => ended(signal ?? `exit code ${code}`));
  };
  for (let number = 1; number <= options.count; number++) start(number);

  return {
    stop() {
      isStopping = true;
      for (const restart of restarts) clearTimeout(restart);
      return new Promise((resolve) => {
        whenAllEnded = resolve;
        if (children.size === 0) resolve();
        for (const child of children.values()) child.kill("SIGTERM");
      });
    },
  };
}

function spawnWorker(io: CommandIo, options: DevWorkersOptions): ChildProcess {
  const [program, ...before] = io.self;
  const args = [
    ...["worker", "start", "--project", options.projectFile],
    ...["--concurrency", String(options.concurrency)],
    ...options.limits,
  ];
  return spawn(program, [...before, ...args, ...(options.json ? ["--json"] : [])], {
    // The address may hold a password, which arguments would show.
    env: {
      ...io.env,
      INFILL_REDIS_URL: options.redisUrl,
      INFILL_LOG_LEVEL: options.logLevel,
      [workerOfDev]: "1",
    },
    cwd: io.cwd,
    // All that workers print is log; stdout belongs to the data of this command.
    stdio: ["ignore", 2, "pipe", "ipc"],
    // Ctrl-C in a terminal reaches this process only, which then stops them in order.
    detached: true,
  });
}
