import { setTimeout as delay } from "node:timers/promises";
import { connect, type InfillClient } from "@infill/client";
import { type BackfillStatus, isFinalStatus } from "@infill/core";
import { stateKeys } from "@infill/state";
import { Redis } from "ioredis";
import { LineProcess } from "./processes/lineProcess.ts";
import { redisProcessorUs } from "./processorTime.ts";
import { shapeProject } from "./shapes/allShapes.ts";
import { doNothing, type Shape } from "./shapes/shape.ts";

export interface ShapeEngineOptions {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly shape: Shape;
  readonly workers: number;
  /** Partitions that each worker process runs at a time. */
  readonly concurrency: number;
}

/** One backfill of a shape that has succeeded. */
export interface ShapeRun {
  /** The backfill's. */
  readonly id: string;
  readonly partitions: number;
  readonly executions: number;
  /** From submit until it has succeeded, in milliseconds. */
  readonly ms: number;
  /** Microseconds of processor meanwhile: of the server, of all workers together, and of the planner. */
  readonly redisUs: number;
  readonly workerUs: number;
  readonly plannerUs: number;
}

/** A planner and workers over one shape, each a process of its own, and a client in this one. */
export class ShapeEngine {
  readonly client: InfillClient;
  readonly redis: Redis;
  readonly planner: LineProcess;
  readonly workers: readonly LineProcess[];
  readonly #options: ShapeEngineOptions;

  private constructor(
    options: ShapeEngineOptions,
    client: InfillClient,
    planner: LineProcess,
    workers: readonly LineProcess[],
  ) {
    this.#options = options;
    this.client = client;
    this.redis = new Redis(options.redisUrl, { maxRetriesPerRequest: null });
    this.planner = planner;
    this.workers = workers;
  }

  static async start(options: ShapeEngineOptions): Promise<ShapeEngine> {
    const { redisUrl, namespace, shape, workers, concurrency } = options;
    const start = (role: string) =>
      LineProcess.start("shapeProcess", {
        env: {
          REDIS_URL: redisUrl,
          BENCH_ROLE: role,
          BENCH_NAMESPACE: namespace,
          BENCH_SHAPE: shape.name,
          BENCH_CONCURRENCY: String(concurrency),
        },
      });
    const [planner, client, ...workerProcesses] = await Promise.all([
      start("planner"),
      connect(shapeProject(namespace, shape, doNothing), { redisUrl }),
      ...Array.from({ length: workers }, () => start("worker")),
    ]);
    return new ShapeEngine(options, client, planner, workerProcesses);
  }

  /**
   * Runs one backfill of about so many partitions, materialized or not.
   *
   * @throws Error where not all of them succeeded
   */
  async run(about: number): Promise<ShapeRun> {
    const { shape } = this.#options;
    const { request, partitions } = shape.backfill(about);
    const before = await this.#spent();
    const startMs = performance.now();
    const { id } = await this.client.backfills.create({ ...request, reprocess: "all" });
    if (id === undefined) throw new Error("Bug: nothing to run");
    const status = await this.#end(id, startMs + slowestMs(partitions));
    const ms = performance.now() - startMs;
    const after = await this.#spent();
    const { counts } = await this.client.backfills.get(id);
    const calls = after.calls - before.calls;
    const executions = shape.executions * partitions;
    if (status !== "succeeded" || counts.succeeded !== partitions || calls < executions)
      throw new Error(
        `${shape.name} ended as ${status}: ${counts.succeeded} of ${partitions} partitions succeeded in ${calls} calls`,
      );
    return {
      id,
      partitions,
      executions,
      ms,
      redisUs: after.redisUs - before.redisUs,
      workerUs: after.workerUs - before.workerUs,
      plannerUs: after.plannerUs - before.plannerUs,
    };
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.client.close();
    await Promise.all([this.planner, ...this.workers].map((child) => child.close()));
  }

  /** Waits for a backfill's end, with one small command each ten milliseconds. @throws Error when it is too late */
  async #end(id: string, untilMs: number): Promise<string> {
    const key = stateKeys(this.#options.namespace).backfill(id);
    for (;;) {
      const status = await this.redis.hget(key, "status");
      if (status === null) throw new Error(`Backfill ${id} is gone`);
      if (isFinalStatus(status as BackfillStatus)) return status;
      if (performance.now() > untilMs)
        throw new Error(`Backfill ${id} of ${this.#options.shape.name} has not ended in time`);
      await delay(10);
    }
  }

  async #spent() {
    const [redisUs, [plannerUs = Number.NaN], ...workers] = await Promise.all([
      redisProcessorUs(this.redis),
      spentBy(this.planner),
      ...this.workers.map(spentBy),
    ]);
    const sum = (index: number) =>
      workers.reduce((total, answer) => total + (answer[index] ?? Number.NaN), 0);
    return { redisUs, plannerUs, workerUs: sum(0), calls: sum(1) };
  }
}

/** After this many milliseconds a backfill does not end at all: twenty partitions a second, and two minutes. */
function slowestMs(partitions: number): number {
  return 120_000 + 50 * partitions;
}

async function spentBy(child: LineProcess): Promise<number[]> {
  return (await child.ask("spent")).map(Number);
}
