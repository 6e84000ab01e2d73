import { parseRedisUrl } from "@infill/core";
import type { InfillClient } from "@infill/client";
import type { RedisWait } from "@infill/state";
import { CommandUsageError } from "../terminal/commandErrors.ts";
import type { CommandIo } from "../terminal/commandIo.ts";
import type { LoadedProject } from "../project/loadProject.ts";
import type { Output } from "../terminal/output.ts";
import { findProjectFile } from "../project/findProjectFile.ts";
import { escapeText } from "../text/escapeText.ts";
import { durationText } from "../text/numbers.ts";
import type { Services } from "./services.ts";
import { actorOf, explicitRedisUrl, type RedisSetting, redisSetting } from "./settings.ts";
import type { SharedOptions } from "../options/sharedOptions.ts";

/** What one run of a command works with. Whatever it opened is closed by `close`. */
export class CommandContext {
  readonly io: CommandIo;
  readonly shared: SharedOptions;
  readonly out: Output;
  readonly services: Services;
  #client: InfillClient | undefined;

  constructor(io: CommandIo, shared: SharedOptions, out: Output, services: Services) {
    this.io = io;
    this.shared = shared;
    this.out = out;
    this.services = services;
  }

  /** Who changes something, for the log of a backfill. */
  get actor(): string {
    return actorOf(this.io.env);
  }

  /** Who changes something and why, as the client takes it. */
  by(reason: string | undefined): { readonly actor: string; readonly reason?: string } {
    return { actor: this.actor, ...(reason === undefined ? {} : { reason }) };
  }

  /** Whether a question can be put to a person. */
  get canAsk(): boolean {
    return this.io.isInteractive && this.shared.input;
  }

  /** Finds and loads the project. What its file prints goes to stderr from here on. */
  async project(): Promise<LoadedProject> {
    const file = findProjectFile(this.shared.project, this.io.cwd);
    this.io.keepStdoutClean();
    const { loadProject } = await import("../project/loadProject.ts");
    return loadProject(file, {
      infill: await this.services.definitions(),
      cwd: this.io.cwd,
      env: this.io.env,
    });
  }

  /** The Redis of a project, by the order that `redisSetting` tells. */
  async redis({ project, directory }: LoadedProject): Promise<RedisSetting> {
    const explicit = this.givenRedis();
    if (explicit !== undefined) return explicit;
    const { liveDevRedisUrl } = await import("../dev/devState.ts");
    const dev = await liveDevRedisUrl(directory);
    return redisSetting({ flag: undefined, env: {}, dev, project: project.redisUrl });
  }

  /** The Redis that a flag or the environment names, if any. */
  givenRedis(): RedisSetting | undefined {
    const given = explicitRedisUrl(this.shared.redisUrl, this.io.env);
    if (given?.origin === "--redis-url" && parseRedisUrl(given.url).hasPassword) {
      this.out.warn(
        "Everyone on this machine can read the password in --redis-url. Use REDIS_URL instead.",
      );
    }
    return given;
  }

  /**
   * A client for the project, opened once.
   *
   * @param options.isPatient whether it waits for Redis as long as it takes once it has had an answer; first call only
   */
  async client({
    isPatient = false,
  }: {
    readonly isPatient?: boolean;
  } = {}): Promise<InfillClient> {
    if (this.#client !== undefined) return this.#client;
    const loaded = await this.project();
    const { url } = await this.redis(loaded);
    this.#client = await this.services.connect(loaded.project, {
      redisUrl: url,
      redisPatienceMs: isPatient ? Number.POSITIVE_INFINITY : this.shared.redisTimeoutMs,
      onRedisWait: (wait) => this.#tellOfWait(wait),
    });
    return this.#client;
  }

  #tellOfWait(wait: RedisWait): void {
    if (wait.kind === "over")
      this.out.note(`Redis answers again after ${durationText(wait.waitedMs)}.`);
    else
      this.out.note(
        escapeText(`Waiting for Redis for ${durationText(wait.waitedMs)}: ${wait.text}`),
      );
  }

  /** Says on stderr what the server does not promise, after something was changed there. */
  warnOfRedis({ redis }: InfillClient): void {
    for (const text of redis.warnings) this.out.warn(text);
  }

  /** Refuses two flags that contradict each other. */
  refuse(condition: boolean, sentence: string): void {
    if (condition) throw new CommandUsageError(sentence);
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}
