import { parseOptions } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import { planContext } from "@infill/planning";
import { discrepancyId } from "@infill/state";
import type { DoctorEnvironment } from "./doctorEnvironment.ts";
import { findingsOf } from "./findingsOf.ts";
import { type DoctorOptions, doctorOptionsSchema } from "./doctorOptions.ts";
import type { DoctorReport } from "./doctorReport.ts";
import { examine } from "./examine.ts";
import { isOfServer } from "./looks/lookGuard.ts";
import { repairAll } from "./repairAll.ts";

/** Most rounds: a repair may uncover further discrepancies. */
const mostRounds = 5;

/**
 * Finds every violation of what always holds, at any moment, and repairs on demand. Compares places
 * at one instant if one call can read them; otherwise a difference must last to count. Repairs are
 * transitions that check again themselves.
 *
 * @throws InvalidOptionsError
 */
export async function runDoctor(
  environment: DoctorEnvironment,
  written: DoctorOptions = {},
): Promise<DoctorReport> {
  const options = parseOptions(doctorOptionsSchema, written, "doctor options");
  const startMs = performance.now();
  let last = await examine(environment, options);
  const seen = new Map(last.found.map((found) => [discrepancyId(found), found]));
  /** By discrepancy, why its repair failed. */
  const failures = new Map<string, string>();
  for (let round = 0; options.fix && round < mostRounds; round++) {
    const mendable = last.found.filter(({ repair }) => repair !== undefined);
    if (mendable.length === 0) break;
    for (const [id, why] of await repairAll(environment.store, mendable, last.records, options))
      failures.set(id, why);
    last = await examine(environment, options);
    for (const found of last.found) seen.set(discrepancyId(found), found);
  }
  const remaining = new Set(last.found.map(discrepancyId));
  return {
    namespace: environment.store.namespace,
    fix: options.fix,
    looked: last.looked,
    findings: findingsOf(
      environment.registered,
      [...seen.values()],
      remaining,
      failures,
      options.fix,
      await contextOf(environment),
    ),
    notes: last.notes,
    warnings: environment.store.health.warnings,
    tookMs: performance.now() - startMs,
  };
}

/**
 * The context that names partitions. Partitions of unreadable dynamic keys are named by ordinal.
 */
async function contextOf({ store, registered }: DoctorEnvironment): Promise<PartitionsContext> {
  const nowMs = Date.now();
  try {
    return await planContext(store, registered, { plannedMs: nowMs });
  } catch (error) {
    if (isOfServer(error)) throw error;
    return { nowMs };
  }
}
