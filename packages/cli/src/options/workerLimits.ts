import type { Command, OptionValues } from "@commander-js/extra-typings";
import { workerOptionsSchema } from "@infill/worker/inputs";
import { durationOf, wholeNumberOf } from "./parsers.ts";

const limits = workerOptionsSchema.shape;

/** The limits of a worker that `worker start` and `dev` let people set. */
export interface WorkerLimits {
  /** Milliseconds, as all times here. */
  readonly lease?: number | undefined;
  readonly grace?: number | undefined;
  readonly maxBlocked?: number | undefined;
  readonly maxDeaths?: number | undefined;
  readonly maxLapses?: number | undefined;
}

/** Adds the options. What they mean together is told in `docs/reference/workers.md`. */
export function withWorkerLimits<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return command
    .option(
      "--lease <time>",
      "a partition starts elsewhere if its worker sends no heartbeat for this long, 1s to 10m; workers send one every third of it (30s)",
      durationOf(limits.leaseMs),
    )
    .option(
      "--grace <time>",
      "how long functions may still run after a signal, a cancel or a timeout (10s)",
      durationOf(limits.graceMs),
    )
    .option(
      "--max-blocked <time>",
      "how long heartbeats continue while a function blocks the event loop, 1s to 24h (10m)",
      durationOf(limits.maxBlockedMs),
    )
    .option(
      "--max-deaths <n>",
      "a partition fails after its process has died in this many starts, 1 to 100 (2)",
      wholeNumberOf(limits.maxProcessDeaths),
    )
    .option(
      "--max-lapses <n>",
      "a partition fails after this many starts lost their claim while the process lived, 1 to 100 (3)",
      wholeNumberOf(limits.maxLapses),
    );
}

/** As `startWorker` takes them. */
export function limitsOf(options: WorkerLimits): {
  readonly leaseMs?: number;
  readonly graceMs?: number;
  readonly maxBlockedMs?: number;
  readonly maxProcessDeaths?: number;
  readonly maxLapses?: number;
} {
  const { lease, grace, maxBlocked, maxDeaths, maxLapses } = options;
  return {
    ...(lease === undefined ? {} : { leaseMs: lease }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(maxBlocked === undefined ? {} : { maxBlockedMs: maxBlocked }),
    ...(maxDeaths === undefined ? {} : { maxProcessDeaths: maxDeaths }),
    ...(maxLapses === undefined ? {} : { maxLapses }),
  };
}

/** The arguments by which another `infill worker start` gets the same limits. */
export function limitArguments(options: WorkerLimits): string[] {
  const { lease, grace, maxBlocked, maxDeaths, maxLapses } = options;
  return [
    ...(lease === undefined ? [] : ["--lease", `${lease}ms`]),
    ...(grace === undefined ? [] : ["--grace", `${grace}ms`]),
    ...(maxBlocked === undefined ? [] : ["--max-blocked", `${maxBlocked}ms`]),
    ...(maxDeaths === undefined ? [] : ["--max-deaths", String(maxDeaths)]),
    ...(maxLapses === undefined ? [] : ["--max-lapses", String(maxLapses)]),
  ];
}
