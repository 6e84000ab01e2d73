import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RedisServerFailedError, RedisServerMissingError } from "../terminal/commandErrors.ts";
import { isRedisProcess } from "./isRedisProcess.ts";
import { writing } from "../project/writing.ts";

/** A Redis server that belongs to `infill dev`: on 127.0.0.1, with everything on disk. */
export interface ManagedRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** When it has ended, by `stop` or by itself; never rejects. */
  readonly exited: Promise<void>;
  /** Ends it in good order, and by force after ten seconds. */
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;
const portAttempts = 5;

/**
 * Starts redis-server, or valkey-server, from the PATH with its data in a directory, and waits until it answers. It
 * listens where it did the last time, so that what was started by hand finds it again, and on a free port where that one
 * is taken. It ends with this process at the latest, however this one ends.
 *
 * @throws RedisServerMissingError, RedisServerFailedError
 */
export async function startManagedRedis(directory: string): Promise<ManagedRedis> {
  const command = serverCommand();
  writing(directory, () => mkdirSync(directory, { recursive: true }));
  for (let attempt = 1; ; attempt++) {
    try {
      const port = (attempt === 1 ? await lastPort(directory) : undefined) ?? (await freePort());
      const redis = await launch(command, directory, port);
      writing(portFile(directory), () => writeFileSync(portFile(directory), `${port}\n`));
      return redis;
    } catch (error) {
      // Another process may have taken the port in between.
      if (attempt === portAttempts) throw error;
    }
  }
}

function portFile(directory: string): string {
  return join(directory, "port");
}

/** The port of the last time; undefined where there was none, or where somebody else listens by now. */
async function lastPort(directory: string): Promise<number | undefined> {
  let text: string;
  try {
    text = readFileSync(portFile(directory), "utf8");
  } catch {
    return undefined;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return (await freePort(port).catch(() => undefined)) === port ? port : undefined;
}

/** Ends a Redis that a killed `infill dev` may have left; does nothing where the process is not that Redis. */
export async function stopLeftRedis(left: {
  readonly pid: number;
  readonly port: number;
}): Promise<void> {
  if (!(await isRedisProcess(left.port, left.pid))) return;
  process.kill(left.pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    await delay(50);
    if (!(await isRedisProcess(left.port, left.pid))) return;
  }
}

function serverCommand(): string {
  const found = ["redis-server", "valkey-server"].find(
    (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined) throw new RedisServerMissingError();
  return found;
}

async function launch(command: string, directory: string, port: number): Promise<ManagedRedis> {
  const logFile = join(directory, "redis.log");
  const child = spawn(command, serverArguments(directory, port, logFile), {
    stdio: "ignore",
    // A group of its own: Ctrl-C in a terminal reaches the command, which stops Redis last.
    detached: true,
  });
  let hasExited = false;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      hasExited = true;
      resolve();
    };
    child.once("error", end);
    child.once("exit", end);
  });
  const { pid } = child;
  if (pid === undefined) throw new RedisServerMissingError();
  const release = endWithThisProcess(pid);
  const deadlineMs = performance.now() + readyTimeoutMs;
  while (!(await isRedisProcess(port, pid))) {
    if (hasExited || performance.now() > deadlineMs) {
      child.kill("SIGKILL");
      release();
      throw new RedisServerFailedError("did not start", logFile);
    }
    await delay(10);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid,
    exited,
    async stop() {
      if (!hasExited) await end(child, exited);
      release();
    },
  };
}

function serverArguments(directory: string, port: number, logFile: string): string[] {
  return [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
    ...["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"],
    ...["--daemonize", "no", "--logfile", logFile],
  ];
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exited;
  clearTimeout(force);
}

/**
 * A small shell holds a pipe to this process and stops the server when the pipe closes: two servers on one
 * append-only file would ruin it.
 *
 * @returns the release, for when the server has exited
 */
function endWithThisProcess(pid: number): () => void {
  const script = 'read -r word; [ "$word" = release ] || kill -TERM "$1" 2>/dev/null';
  const guard = spawn("/bin/sh", ["-c", script, "infill-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  return () => {
    guard.stdin.end("release\n");
  };
}

/** A port that nobody listens on: the given one, or any. Rejects where the given one is taken. */
function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") {
        reject(new Error("Bug: not a TCP address"));
        return;
      }
      server.close(() => resolve(address.port));
    });
  });
}
