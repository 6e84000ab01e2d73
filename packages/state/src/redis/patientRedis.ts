import { setTimeout as delay } from "node:timers/promises";
import { parseRedisUrl } from "@infill/core";
import { Command, Redis, type RedisOptions } from "ioredis";
import {
  closedName,
  isNotNow,
  type RedisTrouble,
  RedisTroubleError,
  redisTroubleOf,
  silence,
} from "./redisTrouble.ts";
import { RedisWaits } from "./redisWait.ts";

/** How often a connection checks how long it has waited, in milliseconds. */
const lookMs = 500;
/**
 * Commands that ioredis writes before a connection is ready, because a loading server answers them.
 * If the connection breaks before it is ready, ioredis drops them and they never get an answer.
 */
const writtenEarly = new Set([
  ...["client", "config", "echo", "info", "lastsave", "ping", "publish", "role", "script", "time"],
]);
/** The shortest and longest wait before a refused command is sent again, in milliseconds. */
const leastWaitMs = 50;
const mostWaitMs = 2_000;

/**
 * A connection to Redis that has a listener for every error, as have its duplicates, and that never
 * works on another database than its address names.
 */
export class QuietRedis extends Redis {
  constructor(url: string, options: Omit<RedisOptions, "replyMapping">) {
    const { url: address } = parseRedisUrl(url);
    super(address, options);
    listenToErrors(this);
  }

  override duplicate<O extends Partial<RedisOptions> | undefined = undefined>(
    override?: O,
  ): ReturnType<typeof Redis.prototype.duplicate<O>> {
    const copy = super.duplicate(override);
    listenToErrors(copy);
    return copy;
  }
}

/** ioredis prints errors that have no listener. */
function listenToErrors(redis: {
  on(event: "error", listener: (error: unknown) => void): unknown;
  disconnect(reconnect: boolean): void;
}): void {
  redis.on("error", (error) => {
    // ioredis would continue with database 0 if SELECT is refused.
    if (redisTroubleOf(error)?.code === "INFILL_REDIS_DATABASE") redis.disconnect(true);
  });
}

/**
 * A connection on which each command waits until Redis can answer: through lost connections, as
 * with ioredis, and through answers that say "not now". Transactions and pipelines are sent again
 * whole, so all commands must be idempotent. Not for commands that block.
 */
export class PatientRedis extends QuietRedis {
  /**
   * How long a command waits for Redis, in milliseconds, before it fails with RedisTroubleError.
   * May change at any time.
   */
  patienceMs = Number.POSITIVE_INFINITY;
  readonly waits: RedisWaits;
  /** Why the server last refused the connection itself, if it did. */
  refusal: RedisTrouble | undefined;
  readonly #url: string;
  readonly #sent = new WeakSet<Command>();
  readonly #giveUps = new Set<(error: Error) => void>();
  #isImpatient = false;

  constructor(url: string, options: Omit<RedisOptions, "replyMapping">) {
    super(url, options);
    this.#url = url;
    this.waits = new RedisWaits(url);
    this.#makeRepeatable("pipeline");
    this.#makeRepeatable("multi");
    this.on("error", (error: unknown) => this.waits.down(redisTroubleOf(error)));
    this.on("close", () => this.waits.down(undefined));
    this.on("ready", () => this.waits.up());
    const looking = setInterval(() => this.#look(), lookMs);
    looking.unref();
    this.on("end", () => clearInterval(looking));
  }

  /** Calls `send`, whose commands fail at once if Redis says "not now". */
  atOnce<T>(send: () => T): T {
    const before = this.#isImpatient;
    this.#isImpatient = true;
    try {
      return send();
    } finally {
      this.#isImpatient = before;
    }
  }

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (stream === undefined && this.status === "connect") {
      if (isOfHandshake(command)) return this.#shakeHands(command);
      if (writtenEarly.has(command.name)) return this.#sendOnceReady(command);
    }
    // Commands of a pipeline, and commands that ioredis sends again after a reconnection.
    const isInternal = stream !== undefined || this.#sent.has(command);
    if (isInternal || this.#isImpatient) return super.sendCommand(command, stream);
    const send = (each: Command) => {
      this.#sent.add(each);
      return Promise.resolve(super.sendCommand(each));
    };
    return this.#patiently((isFirst) => send(isFirst ? command : copyOf(command)));
  }

  /**
   * Sends INFO before the connection is ready, to a server that may be loading its data. Gets no
   * answer if the connection breaks then.
   */
  async infoEarly(section: string): Promise<string> {
    const command = new Command("info", [section], { replyEncoding: "utf8" });
    return String(await super.sendCommand(command));
  }

  /**
   * Sends a command once no connection attempt is under way: either it is ready, or ioredis queues
   * the command.
   */
  async #sendOnceReady(command: Command): Promise<unknown> {
    while (this.status === "connect") await connectionChange(this);
    return this.sendCommand(command);
  }

  /**
   * Sends a command of the handshake and records a refusal. If a server refuses and hangs up,
   * ioredis reports only the hang-up.
   */
  #shakeHands(command: Command): unknown {
    // If the connection breaks now, ioredis sends the command once more and uses only the first
    // promise.
    this.#sent.add(command);
    const sent = super.sendCommand(command);
    Promise.resolve(sent).catch((error: unknown) => {
      const trouble = redisTroubleOf(error);
      if (trouble === undefined || trouble.name === closedName) return;
      // A refusal that follows from an earlier refused HELLO or AUTH.
      if (trouble.name === "NOAUTH" && this.refusal?.code === trouble.code) return;
      this.refusal = trouble;
      this.waits.down(trouble);
    });
    return sent;
  }

  /** Calls until Redis can answer or the patience is over. */
  #patiently<T>(send: (isFirst: boolean) => Promise<T>): Promise<T> {
    const calling = this.#callUntilAnswered(send);
    if (this.patienceMs === Number.POSITIVE_INFINITY) return calling;
    return new Promise((resolve, reject) => {
      this.#giveUps.add(reject);
      calling.then(resolve, reject).finally(() => this.#giveUps.delete(reject));
    });
  }

  async #callUntilAnswered<T>(send: (isFirst: boolean) => Promise<T>): Promise<T> {
    let accepted = () => {};
    try {
      for (let tries = 0; ; tries++) {
        const answered = this.waits.sent();
        try {
          return await send(tries === 0);
        } catch (error) {
          const trouble = forNow(error);
          if (trouble === undefined) throw error;
          const before = accepted;
          accepted = this.waits.refused(trouble);
          before();
        } finally {
          answered();
        }
        await delay(Math.min(leastWaitMs * 2 ** tries, mostWaitMs));
      }
    } finally {
      accepted();
    }
  }

  /** Makes a pipeline or transaction be sent again whole. */
  #makeRepeatable(name: "pipeline" | "multi"): void {
    const create: unknown = Reflect.get(this, name);
    if (typeof create !== "function") throw new Error(`Bug: ioredis has no ${name}`);
    const make = (...args: unknown[]): object => Reflect.apply(create, this, args);
    Object.defineProperty(this, name, {
      // BullMQ wraps the connection in a proxy that must be able to return another function.
      configurable: true,
      writable: true,
      value: (...args: unknown[]) => {
        const batch = make(...args);
        const commands: Command[] = [];
        const exec = methodOf(batch, "exec");
        const queue = methodOf(batch, "sendCommand");
        if (exec === undefined || queue === undefined) return batch;
        Reflect.set(batch, "sendCommand", (command: Command) => {
          if (command.name !== "exec") commands.push(command);
          return queue(command);
        });
        Reflect.set(batch, "exec", () => {
          if (this.#isImpatient) return exec();
          return this.#patiently(async (isFirst) => {
            if (isFirst) return resultsOf(await exec());
            const again = make();
            const resend = methodOf(again, "sendCommand");
            for (const command of commands) resend?.(copyOf(command));
            return resultsOf(await methodOf(again, "exec")?.());
          });
        });
        return batch;
      },
    });
  }

  #look(): void {
    this.waits.look(lookMs);
    const { current } = this.waits;
    if (current === undefined) return;
    const waitedMs = Date.now() - current.sinceMs;
    if (waitedMs < this.patienceMs) return;
    const error = new RedisTroubleError(this.#url, current.trouble, waitedMs);
    for (const giveUp of this.#giveUps) giveUp(error);
  }
}

/**
 * Whether ioredis itself sends a command before the connection is ready: its handshake, and INFO
 * with a callback.
 */
function isOfHandshake(command: Command): boolean {
  const { name, args } = command;
  if (name === "info") return Reflect.get(command, "callback") !== undefined;
  if (name === "client") return /^(?:setinfo|setname)$/i.test(String(args[0]));
  return ["hello", "auth", "select", "readonly"].includes(name);
}

/** Waits until a connection is ready or lost. */
export function connectionChange(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      redis.off("ready", done);
      redis.off("close", done);
      redis.off("end", done);
      resolve();
    };
    redis.once("ready", done);
    redis.once("close", done);
    redis.once("end", done);
  });
}

/** The trouble for which a command should be sent again; undefined if it should not. */
function forNow(error: unknown): ReturnType<typeof redisTroubleOf> {
  if (isNotNow(error)) return redisTroubleOf(error);
  // Part of a pipeline was answered before the connection broke.
  const isCutOff = error instanceof Error && /aborted due to connection close/.test(error.message);
  return isCutOff ? silence(closedName) : undefined;
}

/** The answers of a pipeline; throws if one of them says "not now". */
function resultsOf(results: unknown): unknown {
  if (!Array.isArray(results)) return results;
  for (const result of results) {
    const error: unknown = Array.isArray(result) ? result[0] : undefined;
    if (forNow(error) !== undefined) throw error;
  }
  return results;
}

function copyOf({ name, args, ...command }: Command): Command {
  const replyEncoding: unknown = Reflect.get(command, "replyEncoding");
  return new Command(name, args, {
    replyEncoding: replyEncoding === "utf8" ? "utf8" : null,
  });
}

function methodOf(owner: object, name: string): ((...args: unknown[]) => unknown) | undefined {
  const method: unknown = Reflect.get(owner, name);
  return typeof method === "function" ? (...args) => Reflect.apply(method, owner, args) : undefined;
}
