import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BackfillRequest, isFinalStatus, type Project } from "@infill/core";
import { type BackfillDetail, connect, type InfillClient } from "@infill/client";
import {
  eventually,
  type NodeExit,
  type NodeProcess,
  type RedisServer,
  spawnNode,
  startRedis,
  startTcpProxy,
  type TcpProxy,
} from "@infill/test-support";
import { stateKeys } from "@infill/state";
import { Redis } from "ioredis";
import { Observer } from "./observer.ts";
import { builtProcess } from "./builtProcess.ts";
import {
  chaosProject,
  type ExecutionLine,
  independentAsset,
  independentMs,
} from "./processes/chaosProject.ts";
import type { ChaosSettings } from "./processes/chaosSettings.ts";
import { type SeededRandom, seededRandom } from "./seededRandom.ts";

/** What a scenario is made of; a fault changes what it needs to. */
export interface ScenarioOptions {
  readonly seed: string;
  /** Of the diamond and the bystander together, about. */
  readonly partitions: number;
  /** Worker processes at the start. */
  readonly workers: number;
  /** Slots of each. */
  readonly concurrency: number;
  readonly planners: number;
  readonly leaseMs: number;
  readonly tickMs: number;
  /**
   * How long all functions take at the least on the slots of the start, in milliseconds: where the partitions with their
   * 5 to 50 ms would be done sooner, each takes longer.
   */
  readonly lastsMs: number;
  /** Most jobs of one backfill in Redis. */
  readonly window: number;
  readonly appendfsync: "everysec" | "always";
  /** Whether an independent asset runs meanwhile, on a worker and a pool of its own. */
  readonly hasIndependent: boolean;
  readonly settings: Partial<ChaosSettings>;
}

export const standardScenario: Omit<ScenarioOptions, "seed" | "partitions"> = {
  workers: 3,
  concurrency: 8,
  planners: 1,
  leaseMs: 2_000,
  tickMs: 500,
  lastsMs: 0,
  window: 96,
  appendfsync: "everysec",
  hasIndependent: true,
  settings: {},
};

/** How a process differs from others of its kind. */
export interface RoleOptions {
  /** The way to Redis that it takes. */
  readonly through?: TcpProxy;
  readonly env?: Record<string, string>;
  readonly settings?: Partial<ChaosSettings>;
}

/** A process of a scenario. */
export interface Role {
  /** `independent`: the worker of the independent asset, which no fault is aimed at. */
  readonly kind: "planner" | "worker" | "independent" | "submit";
  readonly process: NodeProcess;
  /** Whether the fault ended it, or stopped it past its lease: then its end, and its lost claims, are as they should be. */
  isInjected: boolean;
  exit: NodeExit | undefined;
  readonly startedMs: number;
}

/** What a client was told, outside Redis. */
export interface Acknowledgement {
  readonly what: "created" | "paused" | "resumed" | "canceled" | "retried";
  readonly backfillId: string;
  /** When it was asked for, and when the answer came, epoch milliseconds. */
  readonly askedMs: number;
  readonly atMs: number;
}

/** Slots of the independent asset's worker. */
export const independentSlots = 8;
/** How long the independent asset runs before the rest is submitted, where its rate is judged. */
const independentHeadMs = 1_500;

const script = builtProcess("chaosProcess");
let nextScenario = 1;

/** Redis, planners, workers, a client and two records of what happened, all of its own. */
export class Scenario {
  readonly options: ScenarioOptions;
  readonly settings: ChaosSettings;
  readonly project: Project;
  readonly server: RedisServer;
  readonly observer: Observer;
  readonly random: SeededRandom;
  readonly roles: Role[] = [];
  readonly proxies: TcpProxy[] = [];
  readonly acknowledgements: Acknowledgement[] = [];
  /** The independent asset's backfill. */
  independentId: string | undefined;
  /** When processes were killed, stopped or cut off, epoch milliseconds, by process id. */
  readonly deaths = new Map<number, number>();
  /** When the fault began and ended, epoch milliseconds. */
  faultStartMs = Number.NaN;
  faultEndMs = Number.NaN;
  readonly startedMs = Date.now();
  /** The most memory that one of its processes was seen to have had; 0 where the system does not say. */
  peakRssMb = 0;
  readonly #memory = setInterval(() => this.measureMemory(), 500);
  readonly notes: string[] = [];
  readonly keys: ReturnType<typeof stateKeys>;
  readonly #counts = new Map<string, number>();
  readonly log: (line: string) => void;
  #client: InfillClient | undefined;
  readonly #folder: string;
  #redis: Redis | undefined;

  private constructor(
    options: ScenarioOptions,
    server: RedisServer,
    folder: string,
    log: (line: string) => void,
  ) {
    this.options = options;
    this.server = server;
    this.log = log;
    this.random = seededRandom(options.seed);
    this.#folder = folder;
    this.settings = settingsOf(options, join(folder, "executions.jsonl"));
    this.project = chaosProject(this.settings);
    this.keys = stateKeys(this.settings.namespace);
    const assets = [...this.project.graph.assets.keys()];
    const pools = [...this.project.pools.keys()];
    this.observer = new Observer(server.url, this.settings.namespace, assets, pools);
  }

  /** Starts everything, and submits nothing. */
  static async start(options: ScenarioOptions, log: (line: string) => void): Promise<Scenario> {
    const server = await startRedis({
      appendonly: true,
      extraArgs: ["--appendfsync", options.appendfsync, "--slowlog-log-slower-than", "500"],
    });
    const folder = mkdtempSync(join(tmpdir(), "infill-chaos-"));
    writeFileSync(join(folder, "executions.jsonl"), "");
    const scenario = new Scenario(options, server, folder, log);
    try {
      scenario.#client = await connect(scenario.project, { redisUrl: server.url });
      scenario.observer.start();
      await Promise.all([
        ...Array.from({ length: options.planners }, () => scenario.start("planner")),
        ...Array.from({ length: options.workers }, () => scenario.start("worker")),
        ...(options.hasIndependent ? [scenario.start("independent")] : []),
      ]);
      return scenario;
    } catch (error) {
      await scenario.close();
      throw error;
    }
  }

  get client(): InfillClient {
    if (this.#client === undefined) throw new Error("Bug: the scenario has not started");
    return this.#client;
  }

  /** A connection for the fault's own commands, past every proxy. */
  get redis(): Redis {
    if (this.#redis === undefined) {
      this.#redis = new Redis(this.server.url, {
        connectionName: "chaos:fault",
        // A command that ends the server must not end the next one too.
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
      });
      this.#redis.on("error", () => {});
    }
    return this.#redis;
  }

  /** Starts one more process, and waits until it is ready. */
  async start(kind: Exclude<Role["kind"], "submit">, options: RoleOptions = {}): Promise<Role> {
    const role = this.spawn(kind, options);
    await role.process.waitForLine("ready");
    return role;
  }

  /** Starts one more process. */
  spawn(kind: Role["kind"], options: RoleOptions = {}): Role {
    const isIndependent = kind === "independent";
    const concurrency = isIndependent ? independentSlots : this.settings.concurrency;
    const process = spawnNode(script, [], {
      env: {
        CHAOS: JSON.stringify({ ...this.settings, concurrency, ...options.settings }),
        CHAOS_ROLE: isIndependent ? "worker" : kind,
        ...(isIndependent ? { CHAOS_POOL: independentAsset } : {}),
        REDIS_URL: (options.through ?? this.server).url,
        ...options.env,
      },
    });
    const role: Role = {
      ...{ kind, process, isInjected: false, exit: undefined },
      startedMs: Date.now(),
    };
    void process.exited.then((exit) => {
      role.exit = exit;
    });
    this.roles.push(role);
    return role;
  }

  /** A proxy in front of Redis, for the roles that are started through it. */
  async proxy(): Promise<TcpProxy> {
    const proxy = await startTcpProxy(this.server.url);
    this.proxies.push(proxy);
    return proxy;
  }

  /** Roles of a kind that have not ended. */
  alive(kind: Role["kind"]): Role[] {
    return this.roles.filter((role) => role.kind === kind && role.exit === undefined);
  }

  /** Ends a process as a crash does, and waits until it is gone. */
  async kill(role: Role): Promise<void> {
    role.isInjected = true;
    this.deaths.set(role.process.pid, Date.now());
    role.process.kill("SIGKILL");
    await role.process.exited;
  }

  /** Submits a backfill and notes the answer. */
  async submit(request: BackfillRequest): Promise<string> {
    const { id } = await this.client.backfills.create({
      reprocess: "all",
      window: this.options.window,
      ...request,
    });
    if (id === undefined) throw new Error("Bug: a scenario's backfill has nothing to run");
    this.acknowledge("created", id);
    return id;
  }

  /** Submits the backfill of the independent asset. */
  async submitIndependent(): Promise<void> {
    this.independentId = await this.submit({ assets: independentAsset });
  }

  acknowledge(what: Acknowledgement["what"], backfillId: string, askedMs = Date.now()): void {
    this.acknowledgements.push({ what, backfillId, askedMs, atMs: Date.now() });
  }

  /** Strikes what clients were told: it was lost, as it may be. */
  forget(): void {
    this.acknowledgements.length = 0;
  }

  /** Gives the scenario a client that knows nothing of before. */
  async reconnect(): Promise<void> {
    await this.#client?.close();
    this.#client = await connect(this.project, { redisUrl: this.server.url });
  }

  /** Notes something that is wrong, for the fault's own check. */
  note(wrong: string): void {
    this.notes.push(wrong);
  }

  /** Counts something, for the fault's own figures. */
  count(what: string, times = 1): void {
    this.#counts.set(what, this.counted(what) + times);
  }

  counted(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** The execution log as it is now. */
  executionLines(): ExecutionLine[] {
    const lines = readFileSync(this.settings.executionLog, "utf8").split("\n");
    // Written by the chaos project, a whole line at a time.
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as ExecutionLine);
  }

  /** How many functions have ended well, those of the independent asset apart. */
  #ended(): number {
    return this.executionLines().filter(
      ({ what, asset }) => what === "end" && asset !== independentAsset,
    ).length;
  }

  /** From now on the functions of the independent asset take no time: nothing is measured by them any more. */
  hurryIndependent(): void {
    writeFileSync(`${this.settings.executionLog}.hurry`, "");
  }

  /** From now on the functions that fail no longer wait before they do. */
  tellToFail(): void {
    writeFileSync(`${this.settings.executionLog}.told`, "");
  }

  /** From now on the functions that failed succeed. */
  mend(): void {
    writeFileSync(`${this.settings.executionLog}.mended`, "");
  }

  /** Waits for something that may never come, until backfills have ended. @returns whether it came */
  async before(ids: readonly string[], event: Promise<unknown>): Promise<boolean> {
    let came = false;
    const comes = event.then(() => {
      came = true;
    });
    await eventually(
      async () => {
        await Promise.race([comes, delay(50)]);
        if (came) return true;
        const all = await Promise.all(ids.map((id) => this.client.backfills.get(id)));
        return all.every(({ status }) => isFinalStatus(status));
      },
      { timeoutMs: 60_000, what: "the event of a fault, or the end" },
    );
    return came;
  }

  /** Lets a fault last so long. */
  async waitOut(ms: number): Promise<void> {
    await delay(ms);
  }

  /** Waits until so many more functions have ended than at the call. */
  async more(ends: number, timeoutMs = 30_000): Promise<void> {
    const before = this.#ended();
    await eventually(() => this.#ended() >= before + ends, {
      ...{ timeoutMs, what: `${ends} more partitions` },
    });
  }

  /** Waits until the independent asset has run for a while, so that its rate is known. */
  async independentIsUnderWay(): Promise<void> {
    const lines = (independentSlots * independentHeadMs) / independentMs.most;
    await eventually(
      () =>
        this.executionLines().filter(
          ({ what, asset }) => what === "end" && asset === independentAsset,
        ).length >= lines,
      { timeoutMs: 30_000, what: "the independent asset's first partitions" },
    );
  }

  /** Waits until a part of all selected partitions has ended. */
  async progress(part: number, selected: number): Promise<void> {
    await eventually(() => this.#ended() >= part * selected, {
      ...{ timeoutMs: 60_000, what: `${part * 100} % of ${selected} partitions` },
    });
  }

  /** Waits for a backfill's end. @returns undefined where it does not come in time */
  async ended(id: string, timeoutMs: number): Promise<BackfillDetail | undefined> {
    let last: BackfillDetail | undefined;
    try {
      await eventually(
        async () => {
          last = await this.client.backfills.get(id);
          return isFinalStatus(last.status);
        },
        { timeoutMs, intervalMs: 50 },
      );
      return last;
    } catch {
      return undefined;
    }
  }

  /** Takes note of the memory that its processes have had so far, where the system says so. */
  measureMemory(): void {
    for (const { process, exit } of this.roles) {
      if (exit !== undefined) continue;
      try {
        const status = readFileSync(`/proc/${process.pid}/status`, "utf8");
        const mb = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
        this.peakRssMb = Math.max(this.peakRssMb, Math.round(mb));
      } catch {
        // It has ended in this moment, or the system does not say.
      }
    }
  }

  /** The last output of every process, to find the cause of a violation. */
  tail(): string[] {
    return this.roles.flatMap(({ kind, process }) =>
      `${process.stdout}\n${process.stderr}`
        .trim()
        .split("\n")
        .slice(-15)
        .map((line) => `${kind} ${process.pid}: ${line}`),
    );
  }

  /** Ends planners and workers in good order. */
  async stopRoles(): Promise<void> {
    await Promise.all(this.roles.map(({ process }) => process.stop()));
  }

  async close(): Promise<void> {
    clearInterval(this.#memory);
    await this.stopRoles();
    await this.observer.close();
    await this.#client?.close();
    this.#redis?.disconnect();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The weeks that hold about so many partitions: the diamond has sixteen a week, the bystander two. */
export function weeksOf(partitions: number): number {
  return Math.max(2, Math.round(partitions / 18));
}

function settingsOf(options: ScenarioOptions, executionLog: string): ChaosSettings {
  const weeks = weeksOf(options.partitions);
  const slots = options.workers * options.concurrency;
  const factor = Math.max(1, (options.lastsMs * slots) / (18 * weeks * 27.5));
  // Longer than all else on any machine; what is left when all else has ended hurries.
  const runsMs = 10_000 + 2 * Math.max(options.lastsMs, (18 * weeks * 27.5) / slots);
  const oneMs = (independentMs.least + independentMs.most) / 2;
  return {
    ...{ seed: options.seed, executionLog, weeks, wide: 10, chain: 10, failing: [] },
    namespace: `chaos-${nextScenario++}`,
    independent: Math.ceil((independentSlots * runsMs) / oneMs),
    leastMs: 5 * factor,
    mostMs: 50 * factor,
    concurrency: options.concurrency,
    leaseMs: options.leaseMs,
    tickMs: options.tickMs,
    ...options.settings,
  };
}
