import type { BackfillRequest } from "@infill/core";
import { connect, type InfillClient } from "@infill/client";
import { LineProcess } from "./processes/lineProcess.ts";
import { timedProject } from "./processes/timedProject.ts";
import type { ScenarioOptions } from "./scenario.ts";
import { textArgument } from "./scenarioArguments.ts";

export interface TimedEngineOptions {
  readonly workers: number;
  /** Partitions that each worker process runs at a time. */
  readonly concurrency: number;
  /** How long a partition takes; left out: its function does nothing. */
  readonly partitionMs?: number;
}

/** Starts of one backfill's partitions over all workers, epoch milliseconds. */
export interface Starts {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What the functions of one worker have used of its slots. */
export interface WorkerBusy {
  /** Milliseconds in which functions ran, summed over them. */
  readonly busyMs: number;
  /** Functions that have ended. */
  readonly ended: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/**
 * A planner and workers, each a process of its own, over the timed project, and a client in this one. The scenario's
 * argument `--profile DIRECTORY` writes a CPU profile of each process there when it ends.
 */
export class TimedEngine {
  readonly namespace: string;
  readonly client: InfillClient;
  readonly planner: LineProcess;
  readonly workers: readonly LineProcess[];
  readonly #started: Map<string, () => void>;
  readonly #early: Set<string>;

  private constructor(
    parts: Pick<TimedEngine, "namespace" | "client" | "planner" | "workers">,
    started: Map<string, () => void>,
    early: Set<string>,
  ) {
    this.namespace = parts.namespace;
    this.client = parts.client;
    this.planner = parts.planner;
    this.workers = parts.workers;
    this.#started = started;
    this.#early = early;
  }

  static async start(
    { redisUrl, args }: ScenarioOptions,
    { workers, concurrency, partitionMs = 0 }: TimedEngineOptions,
  ): Promise<TimedEngine> {
    const namespace = `bench${process.pid}`;
    const profile = textArgument(args, "--profile");
    const started = new Map<string, () => void>();
    const early = new Set<string>();
    const onLine = (line: string) => {
      const [, backfillId = ""] = line.split(" ");
      early.add(backfillId);
      started.get(backfillId)?.();
    };
    const start = (role: string) =>
      LineProcess.start("timedProcess", {
        env: {
          REDIS_URL: redisUrl,
          BENCH_ROLE: role,
          BENCH_NAMESPACE: namespace,
          BENCH_CONCURRENCY: String(concurrency),
          BENCH_PARTITION_MS: String(partitionMs),
        },
        nodeArguments: profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`],
        onLine,
      });
    const [planner, client, ...workerProcesses] = await Promise.all([
      start("planner"),
      connect(
        timedProject(namespace, async () => {}),
        { redisUrl },
      ),
      ...Array.from({ length: workers }, () => start("worker")),
    ]);
    const parts = { namespace, client, planner, workers: workerProcesses };
    return new TimedEngine(parts, started, early);
  }

  /** Submits a backfill that runs every partition that it names, materialized or not. @returns its id */
  async submit(
    asset: "minutes" | "chain",
    partitions: string,
    more: Partial<BackfillRequest> = {},
  ): Promise<string> {
    const { id } = await this.client.backfills.create({
      assets: asset,
      partitions,
      reprocess: "all",
      ...more,
    });
    if (id === undefined) throw new Error("Bug: nothing to run");
    return id;
  }

  /** Resolves when some worker has started a partition of the backfill. */
  async hasStarted(backfillId: string): Promise<void> {
    if (this.#early.has(backfillId)) return;
    await new Promise<void>((resolve) => this.#started.set(backfillId, resolve));
  }

  /** How many partitions of a backfill have settled. */
  async settled(backfillId: string): Promise<number> {
    const { counts } = await this.client.backfills.get(backfillId);
    return counts.succeeded + counts.failed + counts.skipped;
  }

  /** How long functions have run so far, by worker. */
  async busy(): Promise<WorkerBusy[]> {
    return Promise.all(
      this.workers.map(async (worker) => {
        const [busyMs = 0, ended = 0, atMs = 0] = (await worker.ask("busy")).map(Number);
        return { busyMs, ended, atMs };
      }),
    );
  }

  async starts(backfillId: string): Promise<Starts> {
    let all: Starts = { count: 0, firstMs: Infinity, lastMs: -Infinity };
    for (const worker of this.workers) {
      const answer = await worker.ask(`starts ${backfillId}`);
      const [count = 0, firstMs = 0, lastMs = 0] = answer.map(Number);
      if (count === 0) continue;
      all = {
        count: all.count + count,
        firstMs: Math.min(all.firstMs, firstMs),
        lastMs: Math.max(all.lastMs, lastMs),
      };
    }
    return all;
  }

  /** Waits for a backfill's end. @throws Error where it does not end as expected */
  async ended(backfillId: string, expected: "succeeded" | "canceled"): Promise<void> {
    let last = "";
    for await (const { status } of this.client.backfills.watch(backfillId)) last = status;
    if (last !== expected) throw new Error(`Backfill ${backfillId} ended as ${last}`);
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all([this.planner, ...this.workers].map((child) => child.close()));
  }
}
