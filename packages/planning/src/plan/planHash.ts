import { createHash, type Hash } from "node:crypto";
import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import {
  type AxisSet,
  axesOf,
  countSubset,
  encodeSubset,
  type IntegerSet,
  type PartitionsDefinition,
} from "@infill/partitions";
import { type KeptPlan, type PlanMoment, textDigest } from "@infill/state";
import type { AssetPlan } from "./planBackfill.ts";

/** What a plan's hash looks like. */
export const planHashPattern = /^plan_[0-9a-f]{32}$/;

/** Bytes of encoded partitions that one kept plan may hold; assets that do not fit are kept as digests only. */
const keptBytes = 262_144;

/** A plan, small, with the hash that names it: equal plans of equal requests have equal hashes. */
export interface HashedPlan {
  readonly hash: string;
  readonly kept: KeptPlan;
}

/**
 * Names a plan by what it runs: what the request asks for, the definitions and mappings of its assets, and the partitions of
 * each. Who asks, why and under which label is no part of it, and neither is when.
 */
export function hashPlan(
  graph: AssetGraph,
  plans: readonly AssetPlan[],
  request: ResolvedBackfillRequest,
  moment: PlanMoment,
): HashedPlan {
  let room = keptBytes;
  const assets = plans.map(({ registered, toRun }) => {
    const { asset, fingerprint } = registered;
    const bytes = sizeOf(toRun.coordinates);
    const isKept = bytes <= room;
    if (isKept) room -= bytes;
    return {
      asset: asset.name,
      definition: textDigest(
        JSON.stringify([
          fingerprint,
          staticKeys(asset.partitions),
          graph.upstreamEdges(asset.name).map((edge) => [edge.upstreamAsset, edge.mapping]),
        ]),
      ),
      toRun: countSubset(toRun),
      partitions: digestOf(toRun.coordinates),
      ...(isKept ? { encoded: Buffer.from(encodeSubset(toRun)).toString("base64") } : {}),
    };
  });
  const kept: KeptPlan = { version: 1, ...moment, request: requestDigest(request), assets };
  const identity = assets.map(({ asset, definition, partitions }) => [
    asset,
    definition,
    partitions,
  ]);
  return { hash: `plan_${textDigest(JSON.stringify([kept.request, identity]))}`, kept };
}

/** The digest of what a request asks for. */
export function requestDigest(request: ResolvedBackfillRequest): string {
  const { actor: _actor, reason: _reason, label: _label, ...asked } = request;
  return textDigest(JSON.stringify(asWritten(asked)));
}

/**
 * A request as its digest and the text of an idempotency key have it. Properties that a later version added are left out
 * where they have their default, so that the same request of an earlier version is the same text.
 *
 * @param request a parsed one, which has its properties in the order of the schema
 */
export function asWritten(request: { readonly propagate: boolean }): object {
  const { propagate, ...others } = request;
  return propagate ? others : request;
}

/** Positions of static keys are what subsets hold, so their list is part of what a subset means. */
function staticKeys(definition: PartitionsDefinition): (readonly string[])[] {
  return axesOf(definition).flatMap(({ definition: axis }) =>
    axis.kind === "static" ? [axis.keys] : [],
  );
}

/** About how many bytes the encoded set takes, seldom less. */
function sizeOf(set: AxisSet): number {
  if (set.kind === "groups")
    return set.groups.reduce((sum, each) => sum + sizeOf(each.coordinates) + sizeOf(each.rest), 8);
  return 8 + 4 * (set.kind === "bits" ? set.words.length : set.bounds.length);
}

/** The digest of a set by its representation, which is one for equal sets. */
function digestOf(set: AxisSet): string {
  const hash = createHash("sha256");
  addSet(hash, set);
  return hash.digest("hex").slice(0, 32);
}

function addSet(hash: Hash, set: AxisSet): void {
  if (set.kind !== "groups") {
    addIntegers(hash, set);
    return;
  }
  hash.update(`groups ${set.groups.length} `);
  for (const group of set.groups) {
    addIntegers(hash, group.coordinates);
    addSet(hash, group.rest);
  }
}

function addIntegers(hash: Hash, set: IntegerSet): void {
  const values = set.kind === "bits" ? set.words : set.bounds;
  hash.update(`${set.kind} ${set.kind === "bits" ? set.firstWord : 0} ${values.length} `);
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
