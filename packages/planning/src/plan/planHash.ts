import { createHash, type Hash } from "node:crypto";
import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import {
  axesOf,
  type AxisSet,
  countSubset,
  encodeSubset,
  type IntegerSet,
  listedKeysOf,
  type PartitionsDefinition,
} from "@infill/partitions";
import { type KeptPlan, type PlanMoment, textDigest } from "@infill/state";
import type { AssetPlan } from "./planBackfill.ts";

/** The form of a plan's hash. */
export const planHashPattern = /^plan_[0-9a-f]{32}$/;

/**
 * Most bytes of encoded partitions in one kept plan; assets that do not fit are kept as digests
 * only.
 */
const keptBytes = 262_144;

/** A plan in its kept form, with its hash: equal plans of equal requests have equal hashes. */
export interface HashedPlan {
  readonly hash: string;
  readonly kept: KeptPlan;
}

/**
 * Hashes what a plan runs: the request, the definitions and mappings of its assets, and the
 * partitions of each. Actor, reason, label and time are not part of it.
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

/** The digest of a request. */
export function requestDigest(request: ResolvedBackfillRequest): string {
  const { actor: _actor, reason: _reason, label: _label, ...asked } = request;
  return textDigest(JSON.stringify(asWritten(asked)));
}

/**
 * A request in the form for its digest and for idempotency keys. Leaves out properties of later
 * versions at their default, so that an equal request of an earlier version gives the same text.
 *
 * @param request a parsed one, which has its properties in the order of the schema
 */
export function asWritten(request: { readonly propagate: boolean }): object {
  const { propagate, ...others } = request;
  return propagate ? others : request;
}

/** Subsets hold positions of static keys, so the list of keys is part of their meaning. */
function staticKeys(definition: PartitionsDefinition): (readonly string[])[] {
  return axesOf(definition).flatMap(({ definition: axis }) => {
    const keys = listedKeysOf(axis);
    return keys === undefined ? [] : [keys];
  });
}

/** Approximate number of bytes of the encoded set, seldom too low. */
function sizeOf(set: AxisSet): number {
  if (set.kind === "groups")
    return set.groups.reduce((sum, each) => sum + sizeOf(each.coordinates) + sizeOf(each.rest), 8);
  return 8 + 4 * (set.kind === "bits" ? set.words.length : set.bounds.length);
}

/** The digest of a set's representation, which is equal for equal sets. */
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
