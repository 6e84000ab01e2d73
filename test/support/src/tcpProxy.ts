import { connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { isReply, respFrames } from "./respFrames.ts";

/** Commands go to the server, replies to the client. */
export type ProxyDirection = "toServer" | "toClient";

/** A link to a Redis server that breaks on demand. Every fault holds for all connections, present and future, until `heal`. */
export interface TcpProxy {
  /** Of the proxy; give this to the client. */
  readonly url: string;
  readonly port: number;
  /** Open connections through the proxy. */
  readonly connections: number;
  /** Connections that `cutAfterReplies` and `cutBeforeReplyTo` have cut so far. */
  readonly cuts: number;
  /** Makes everything later by so many milliseconds; `jitterMs` adds up to that much more, at random. Order is kept. */
  delay(delays: { toServerMs?: number; toClientMs?: number; jitterMs?: number }): void;
  /** Sends at most so many bytes at a time, both ways. */
  chop(bytes: number): void;
  /** Takes bytes and passes nothing on, without closing: a black hole. `heal` cuts the connections that it held. */
  swallow(direction: ProxyDirection | "both"): void;
  /** Cuts all connections of this moment; new ones work. */
  cut(): void;
  /** Cuts each new connection at once; present ones go on. */
  refuse(): void;
  /**
   * Lets n more replies through, counted over all connections, and cuts the connection on which the next one
   * arrives: its command has run, its answer is lost.
   *
   * @returns when the cut has happened
   */
  cutAfterReplies(n: number): Promise<void>;
  /**
   * Waits for a command with the text anywhere in it (a name, a key, a script's hash), lets it run and cuts the
   * connection before its reply. Counts one reply a command, so not for a connection that subscribes in RESP 2.
   *
   * @returns when the cut has happened
   */
  cutBeforeReplyTo(text: string): Promise<void>;
  /** Ends all faults. */
  heal(): void;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

interface Faults {
  delayMs: Record<ProxyDirection, number>;
  jitterMs: number;
  chopBytes: number;
  swallows: Record<ProxyDirection, boolean>;
  refuses: boolean;
  repliesLeft: { count: number; done: () => void } | undefined;
  lostReply: { text: string; done: () => void } | undefined;
}

const noFaults = (): Faults => ({
  delayMs: { toServer: 0, toClient: 0 },
  jitterMs: 0,
  chopBytes: Number.POSITIVE_INFINITY,
  swallows: { toServer: false, toClient: false },
  refuses: false,
  repliesLeft: undefined,
  lostReply: undefined,
});

/** Sends what it is given in order, as late and in such pieces as the faults of that moment say. */
function sender(to: Socket, direction: ProxyDirection, faults: () => Faults) {
  let tail = Promise.resolve();
  const send = async (bytes: Buffer, dueMs: number) => {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    for (let start = 0; start < bytes.length && !to.destroyed; ) {
      const end = Math.min(bytes.length, start + faults().chopBytes);
      to.write(bytes.subarray(start, end));
      start = end;
      if (start < bytes.length) await nextTurn();
    }
  };
  return {
    send(bytes: Buffer) {
      const { delayMs, jitterMs } = faults();
      const dueMs = performance.now() + delayMs[direction] + Math.random() * jitterMs;
      tail = tail.then(() => send(bytes, dueMs));
    },
    /** Runs once everything before it is sent. */
    after(then: () => void) {
      tail = tail.then(then);
    },
  };
}

/**
 * Starts a TCP proxy on a free port of 127.0.0.1.
 *
 * @param target the server's URL, `redis://host:port`
 */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target);
  let faults = noFaults();
  let cuts = 0;
  const open = new Set<{ cut(): void }>();

  const server = createServer({ noDelay: true }, (client) => {
    if (faults.refuses) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: hostname, port: Number(targetPort || 6379), noDelay: true });
    const link = {
      cut() {
        open.delete(link);
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      },
    };
    open.add(link);
    for (const socket of [client, upstream]) {
      socket.on("error", () => link.cut());
    }
    const current = () => faults;
    const [toServer, toClient] = [
      sender(upstream, "toServer", current),
      sender(client, "toClient", current),
    ];
    // In good order too, an end waits for what was sent before it.
    client.on("end", () => toServer.after(() => upstream.end()));
    upstream.on("end", () => toClient.after(() => client.end()));
    for (const socket of [client, upstream]) {
      socket.on("close", () => {
        if (client.destroyed && upstream.destroyed) open.delete(link);
      });
    }

    let commandsSeen = 0;
    let repliesSeen = 0;
    let lostReply: { index: number; done: () => void } | undefined;
    const commandsOf = respFrames();
    const repliesOf = respFrames();

    client.on("data", (chunk) => {
      if (faults.swallows.toServer) return;
      for (const command of commandsOf(chunk)) {
        if (faults.lostReply !== undefined && command.includes(faults.lostReply.text)) {
          lostReply = { index: commandsSeen, done: faults.lostReply.done };
          faults.lostReply = undefined;
        }
        commandsSeen += 1;
      }
      toServer.send(chunk);
    });

    upstream.on("data", (chunk) => {
      if (faults.swallows.toClient) return;
      for (const frame of repliesOf(chunk)) {
        if (isReply(frame)) {
          if (lostReply !== undefined && repliesSeen === lostReply.index) {
            toClient.after(() => link.cut());
            cuts += 1;
            lostReply.done();
            return;
          }
          repliesSeen += 1;
          if (faults.repliesLeft !== undefined) {
            if (faults.repliesLeft.count === 0) {
              toClient.after(() => link.cut());
              cuts += 1;
              faults.repliesLeft.done();
              faults.repliesLeft = undefined;
              return;
            }
            faults.repliesLeft.count -= 1;
          }
        }
        toClient.send(frame);
      }
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Bug: not a TCP address");

  return {
    url: `redis://127.0.0.1:${address.port}`,
    port: address.port,
    get connections() {
      return open.size;
    },
    get cuts() {
      return cuts;
    },
    delay({ toServerMs = 0, toClientMs = 0, jitterMs = 0 }) {
      faults.delayMs = { toServer: toServerMs, toClient: toClientMs };
      faults.jitterMs = jitterMs;
    },
    chop(bytes) {
      faults.chopBytes = Math.max(1, bytes);
    },
    swallow(direction) {
      if (direction !== "toClient") faults.swallows.toServer = true;
      if (direction !== "toServer") faults.swallows.toClient = true;
    },
    cut() {
      for (const link of [...open]) link.cut();
    },
    refuse() {
      faults.refuses = true;
    },
    cutAfterReplies: (n) =>
      new Promise((done) => {
        faults.repliesLeft = { count: n, done };
      }),
    cutBeforeReplyTo: (text) =>
      new Promise((done) => {
        faults.lostReply = { text, done };
      }),
    heal() {
      const { toServer, toClient } = faults.swallows;
      faults = noFaults();
      // Also those whose bytes have not come yet: they were sent into the hole.
      if (toServer || toClient) for (const link of [...open]) link.cut();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const link of [...open]) link.cut();
      }),
  };
}
