import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./freePort.ts";
import { guardProcess } from "./guardProcess.ts";

/** How one wants the server. */
export interface StartRedisOptions {
  /** Keeps an append-only file, so that what was answered survives `kill9` and `restart`; off unless given. */
  readonly appendonly?: boolean;
  /** `noeviction` unless given. */
  readonly maxmemoryPolicy?: string;
  /** A free one unless given. */
  readonly port?: number;
  /** Where its data is, and stays when it stops; a temporary directory that goes with it unless given. */
  readonly directory?: string;
  /** More of the server's own arguments, `["--maxmemory", "10mb"]`; they win over the others. */
  readonly extraArgs?: readonly string[];
}

/** A Redis (or Valkey) server of one's own, on 127.0.0.1. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the present process; another one after `restart`. */
  readonly pid: number;
  /** Where the server keeps its data and its append-only file. */
  readonly directory: string;
  /** Ends the server in good order and removes its temporary data. Does nothing the second time. */
  stop(): Promise<void>;
  /** Ends the server as a crash would (SIGKILL), and keeps its data for `restart`. */
  kill9(): Promise<void>;
  /** Starts the server again on the same port and data; in good order first if it is running. */
  restart(): Promise<void>;
  /** Stops the process without closing anything (SIGSTOP); `thaw` lets it go on. */
  freeze(): void;
  /** Lets a frozen server go on (SIGCONT). */
  thaw(): void;
}

/** Attempts at finding a port that stays free until the server has it. */
const PORT_ATTEMPTS = 5;
const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

/** A server that can be started here. */
interface ServerProgram {
  readonly command: string;
  /** Its major version, 7 for `v=7.0.15`. */
  readonly major: number;
}

let knownProgram: ServerProgram | undefined;

/**
 * The server program that is on the PATH, `redis-server` first.
 *
 * @throws an Error that says what to install where there is neither
 */
export function redisServerProgram(): ServerProgram {
  if (knownProgram !== undefined) return knownProgram;
  for (const command of ["redis-server", "valkey-server"]) {
    const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
    if (status !== 0) continue;
    knownProgram = { command, major: Number(/ v=(\d+)/.exec(stdout)?.[1] ?? 7) };
    return knownProgram;
  }
  throw new Error(
    "Neither redis-server nor valkey-server is on the PATH: install one of them, or set REDIS_URL.",
  );
}

/**
 * Asks once whether the server is ready: false while it loads its data, if nobody listens, and if somebody else
 * does. One that wants a password is ready when it says so.
 */
function isReady(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = "";
    const socket = connect(port, "127.0.0.1", () =>
      socket.write("PING\r\nINFO server\r\nQUIT\r\n"),
    );
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (data) => {
      reply += data.toString();
    });
    socket.on("close", () => {
      const isOurs = reply.includes(`\nprocess_id:${pid}\r\n`);
      resolve((reply.startsWith("+PONG") && isOurs) || reply.startsWith("-NOAUTH"));
    });
  });
}

/** One run of the server's process. */
interface ServerProcess {
  readonly pid: number;
  readonly hasExited: () => boolean;
  readonly exited: Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts one process and waits until it answers PING. Rejects with the server's last words if it exits first. */
async function launch(
  port: number,
  directory: string,
  options: StartRedisOptions,
): Promise<ServerProcess> {
  const { command, major } = redisServerProgram();
  const args = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
    ...["--save", "", "--appendonly", options.appendonly === true ? "yes" : "no"],
    ...["--maxmemory-policy", options.maxmemoryPolicy ?? "noeviction"],
    ...["--daemonize", "no"],
    // Before version 7, DEBUG needs no permission.
    ...(major >= 7 ? ["--enable-debug-command", "local"] : []),
    ...(options.extraArgs ?? []),
  ];
  const child: ChildProcess = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in a terminal ends the test, and the test ends the server.
    detached: true,
  });
  let lastWords = "";
  const listen = (data: Buffer) => {
    lastWords = (lastWords + data.toString()).slice(-2_000);
  };
  child.stdout?.on("data", listen);
  child.stderr?.on("data", listen);
  let gone = false;
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      gone = true;
      lastWords += error.message;
      resolve();
    });
    child.once("exit", () => {
      gone = true;
      resolve();
    });
  });
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    throw new Error(`Redis did not start: ${lastWords}`);
  }
  const release = guardProcess(pid, options.directory === undefined ? { directory } : {});
  void exited.then(release);
  // Neither the process nor its output keeps a test runner alive.
  child.unref();
  for (const pipe of [child.stdout, child.stderr]) {
    (pipe as unknown as { unref?: () => void } | null)?.unref?.();
  }

  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await isReady(port, pid)) || gone) {
    if (gone) throw new Error(`Redis did not start on port ${port}: ${lastWords.trim()}`);
    if (performance.now() > deadlineMs) {
      child.kill("SIGKILL");
      throw new Error(`Redis did not answer PING on port ${port}: ${lastWords.trim()}`);
    }
    await delay(5);
  }
  return { pid, hasExited: () => gone, exited, kill: (signal) => void child.kill(signal) };
}

/** Ends a process in good order, and by force when it takes too long. */
async function end(server: ServerProcess): Promise<void> {
  if (server.hasExited()) return;
  server.kill("SIGCONT");
  server.kill("SIGTERM");
  const force = setTimeout(() => server.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await server.exited;
  clearTimeout(force);
}

/**
 * Starts a server that is ready when the promise resolves, and that ends with this process at the latest.
 *
 * @throws an Error with the server's own words when it does not come up, and one that says what to install when
 *   there is no server on the PATH
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "infill-redis-"));
  mkdirSync(directory, { recursive: true });
  const removeTemporaryData = () => {
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  let port = options.port ?? (await freePort());
  let server: ServerProcess;
  for (let attempt = 1; ; attempt++) {
    try {
      server = await launch(port, directory, options);
      break;
    } catch (error) {
      const portTaken = error instanceof Error && /address already in use/i.test(error.message);
      if (!portTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) {
        removeTemporaryData();
        throw error;
      }
      port = await freePort();
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    directory,
    get pid() {
      return server.pid;
    },
    async stop() {
      await end(server);
      removeTemporaryData();
    },
    async kill9() {
      server.kill("SIGKILL");
      await server.exited;
    },
    async restart() {
      await end(server);
      server = await launch(port, directory, options);
    },
    freeze: () => server.kill("SIGSTOP"),
    thaw: () => server.kill("SIGCONT"),
  };
}
