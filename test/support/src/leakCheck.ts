import { createHook } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Redis } from "ioredis";
import { eventually } from "./eventually.ts";

/** What a leak check looks at beside this process. */
export interface LeakCheckOptions {
  /** With `clientName`: the server whose connections are looked at. */
  readonly redisUrl?: string;
  /** Part of the name (`CLIENT SETNAME`) of connections that must be gone, those of child processes included. */
  readonly clientName?: string;
}

/** A check that was begun; see `leakCheck`. */
export interface LeakCheck {
  /**
   * Waits until nothing is left, since closing takes a turn or two, and ends the check.
   *
   * @throws an Error that names each leak and where it comes from, when something is left after `timeoutMs` (3,000
   *   unless given: ioredis keeps a timer for 2 seconds when it is closed while its connection is broken)
   */
  verify(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** What a test can leave behind, by the name that Node's async hooks have for it. Others end by themselves. */
const WATCHED: ReadonlyMap<string, string> = new Map([
  ["Timeout", "a timer"],
  ["TCPWRAP", "a connection"],
  ["TCPSERVERWRAP", "a server that listens"],
  ["PIPEWRAP", "a pipe"],
  ["PIPESERVERWRAP", "a server that listens on a pipe"],
  ["PROCESSWRAP", "a child process"],
  ["SIGNALWRAP", "a signal listener"],
  ["FSEVENTWRAP", "a file watcher"],
  ["WORKER", "a worker thread"],
]);

/** A handle or timer as Node has it inside; which of the methods are there depends on its kind. */
interface Resource {
  hasRef?(): boolean;
  getpeername?(out: { address?: string; port?: number }): number;
}

/** The line of a stack that tells most: the first of our own code, else the first outside of Node. */
function originOf(stack: string): string {
  const lines = stack.split("\n").filter((line) => /:\d+:\d+\)?$/.test(line));
  const outside = lines.filter(
    (line) => !line.includes("node:") && !line.includes(import.meta.url),
  );
  const own = outside.filter((line) => !/[\\/](leakCheck\.ts|node_modules[\\/].*)/.test(line));
  return (own[0] ?? outside[0] ?? "at an unknown place").trim();
}

function describe(type: string, resource: Resource): string {
  const peer: { address?: string; port?: number } = {};
  const connected = type === "TCPWRAP" && resource.getpeername?.(peer) === 0;
  return `${WATCHED.get(type)}${connected ? ` to ${peer.address}:${peer.port}` : ""}`;
}

/** Ids, addresses and names of the server's connections whose name has `clientName` in it. */
async function connectionsNamed(redisUrl: string, clientName: string): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    const list = String(await redis.client("LIST"));
    return list
      .split("\n")
      .filter((line) => / name=(\S*)/.exec(line)?.[1]?.includes(clientName))
      .map((line) => line.match(/\b(id|addr|name)=\S*/g)?.join(" ") ?? line);
  } finally {
    redis.disconnect();
  }
}

/**
 * Begins to watch for what a test leaves behind: connections, timers, servers, pipes and child processes that were
 * begun since and would keep this process alive, and, by name, connections that the Redis server still has.
 *
 *     const leaks = leakCheck();
 *     …
 *     await leaks.verify();
 *
 * Everything in the process counts, so it suits tests that run one after another within a file, not `test.concurrent`.
 */
export function leakCheck(options: LeakCheckOptions = {}): LeakCheck {
  const { redisUrl, clientName } = options;
  if (clientName !== undefined && redisUrl === undefined) {
    throw new Error("leakCheck was given a clientName without the redisUrl of the server to ask.");
  }
  const open = new Map<number, { type: string; resource: Resource; stack: string }>();
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (!WATCHED.has(type)) return;
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 40;
      open.set(id, { type, resource, stack: new Error("begun").stack ?? "" });
      Error.stackTraceLimit = limit;
    },
    destroy(id) {
      open.delete(id);
    },
  });
  hook.enable();

  const leaks = async (): Promise<string[]> => {
    // Node tells of what has ended a turn later.
    await nextTurn();
    await nextTurn();
    const found = [...open.values()]
      .filter(({ resource }) => resource.hasRef?.() !== false)
      .map(({ type, resource, stack }) => `${describe(type, resource)}, begun ${originOf(stack)}`);
    if (redisUrl !== undefined && clientName !== undefined) {
      for (const connection of await connectionsNamed(redisUrl, clientName)) {
        found.push(`a connection on the server: ${connection}`);
      }
    }
    return found;
  };

  return {
    async verify({ timeoutMs = 3_000 } = {}) {
      let left: string[] = [];
      try {
        await eventually(
          async () => {
            left = await leaks();
            return left.length === 0;
          },
          { timeoutMs, what: "nothing to be left" },
        );
      } catch (error) {
        if (left.length === 0) throw error;
        throw new Error(`The test left behind:\n  ${left.join("\n  ")}`, { cause: error });
      } finally {
        hook.disable();
      }
    },
  };
}
