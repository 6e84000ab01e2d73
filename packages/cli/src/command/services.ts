import type { DoctorOptions, DoctorReport } from "@infill/doctor";
import type { Logger, Project } from "@infill/core";
import type { ConnectOptions, InfillClient } from "@infill/client";

/** A partition that a worker of this process runs now. */
export interface RunningPartition {
  readonly asset: string;
  readonly partition: string;
  readonly backfillId: string;
}

/** A planner or worker that runs in this process. */
export interface RunningService {
  readonly id: string;
  /** What it runs now; left out where it runs no partitions. */
  running?(): readonly RunningPartition[];
  close(): Promise<void>;
}

export interface PlannerServiceOptions {
  readonly project: Project;
  readonly redisUrl: string;
  readonly log?: Logger;
}

export interface WorkerServiceOptions extends PlannerServiceOptions {
  readonly concurrency: number;
  readonly pools?: string[];
  readonly leaseMs?: number;
  readonly graceMs?: number;
  readonly maxBlockedMs?: number;
  readonly maxProcessDeaths?: number;
  readonly maxLapses?: number;
  /** How a warning of a blocked event loop is written to stderr. */
  readonly blockedWarnings?: "text" | "json";
}

/** Everything that the command does beyond reading its own arguments. Tests put values of their own here. */
export interface Services {
  connect(project: Project, options: ConnectOptions): Promise<InfillClient>;
  runDoctor(client: InfillClient, options: DoctorOptions): Promise<DoctorReport>;
  startPlanner(options: PlannerServiceOptions): Promise<RunningService>;
  startWorker(options: WorkerServiceOptions): Promise<RunningService>;
  /** What a project file gets for `import … from "infill"`. */
  definitions(): Promise<unknown>;
}

/**
 * The real services. They are loaded when first used: `infill --help` has no time for BullMQ.
 *
 * @param definitions imports the package `infill`, which this one cannot name: it depends on this one
 */
export function lazyServices(definitions: () => Promise<unknown>): Services {
  return {
    connect: async (project, options) => (await import("@infill/client")).connect(project, options),
    runDoctor: async ({ connection }, options) =>
      (await import("@infill/doctor")).runDoctor(connection, options),
    startPlanner: async (options) => (await import("@infill/planner")).startPlanner(options),
    startWorker: async (options) => (await import("@infill/worker")).startWorker(options),
    definitions,
  };
}
