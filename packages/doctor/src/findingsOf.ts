import type { PartitionsContext } from "@infill/partitions";
import {
  type Discrepancy,
  discrepancyId,
  doctorChecks,
  formatAddress,
  type RegisteredAsset,
} from "@infill/state";
import type { DoctorFinding } from "./doctorReport.ts";

/** Joins discrepancies of the same place into findings in words. */
export function findingsOf(
  registered: ReadonlyMap<string, RegisteredAsset>,
  all: readonly Discrepancy[],
  remaining: ReadonlySet<string>,
  failures: ReadonlyMap<string, string>,
  fix: boolean,
  context: PartitionsContext,
): DoctorFinding[] {
  const findings = new Map<string, DoctorFinding>();
  for (const found of all) {
    const { check, asset, backfillId, lane, pool, redisKey } = found;
    const isThere = remaining.has(discrepancyId(found));
    const failure = isThere ? failures.get(discrepancyId(found)) : undefined;
    const repair =
      found.repair === undefined ? "by_hand" : !fix ? "possible" : isThere ? "failed" : "repaired";
    const isOfMany = /^(job|permit)_/.test(check);
    const name = JSON.stringify([
      check,
      asset,
      backfillId,
      lane,
      pool,
      redisKey,
      repair,
      isOfMany ? "" : found.detail,
    ]);
    const partitions = partitionTexts(registered, found, context);
    const known = findings.get(name);
    findings.set(name, {
      check,
      severity: doctorChecks[check].severity,
      ...(asset === undefined ? {} : { asset }),
      ...(backfillId === undefined ? {} : { backfillId }),
      ...(pool === undefined ? {} : { pool }),
      ...(redisKey === undefined ? {} : { redisKey }),
      // The detail of a missing job is its partition, which the finding has already.
      ...(found.detail === undefined || check === "job_missing"
        ? {}
        : { detail: known?.detail ?? found.detail }),
      partitions: [...(known?.partitions ?? []), ...partitions].slice(0, 5),
      count: (known?.count ?? 0) + found.count,
      problem: known?.problem ?? found.problem,
      remedy: found.remedy,
      repair,
      ...(failure === undefined ? {} : { failure }),
    });
  }
  return Array.from(findings.values()).toSorted(
    (a, b) => Number(a.severity === "leftover") - Number(b.severity === "leftover"),
  );
}

function partitionTexts(
  registered: ReadonlyMap<string, RegisteredAsset>,
  { asset, lane = "", ordinals = [] }: Discrepancy,
  context: PartitionsContext,
): string[] {
  const known = asset === undefined ? undefined : registered.get(asset);
  return ordinals.map((ordinal) => {
    const address = formatAddress(lane, ordinal);
    try {
      return known?.ordinals.keyAt({ lane, ordinal }, context) ?? address;
    } catch {
      return address;
    }
  });
}
