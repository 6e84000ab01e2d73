import { createHash } from "node:crypto";
import type { Project } from "./project.ts";

/** A project's versions: short texts that are equal for equal definitions. */
export interface ProjectVersions {
  /** 16 hexadecimal digits over all assets and pools. */
  readonly fingerprint: string;
  /** By asset: 12 hexadecimal digits over its definition, code version and mappings. */
  readonly assets: ReadonlyMap<string, string>;
}

const known = new WeakMap<Project, ProjectVersions>();

/**
 * Computes the versions of a project's assets. Functions, descriptions, tags and retry policies do
 * not count: the code version tells when a function has changed.
 */
export function versionsOf(project: Project): ProjectVersions {
  let versions = known.get(project);
  if (versions === undefined) known.set(project, (versions = workOut(project)));
  return versions;
}

function workOut({ graph, pools }: Project): ProjectVersions {
  const assets = new Map<string, string>();
  for (const asset of graph.assets.values()) {
    const feeds = graph
      .upstreamEdges(asset.name)
      .map(({ upstreamAsset, mapping }) => [upstreamAsset, mapping] as const);
    assets.set(asset.name, digest([asset.partitions, asset.codeVersion, feeds]).slice(0, 12));
  }
  const sorted = [...assets].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const poolsOfAssets = sorted.map(([name]) => graph.assets.get(name)?.pool);
  return { fingerprint: digest([sorted, poolsOfAssets, [...pools]]).slice(0, 16), assets };
}

function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** JSON that does not depend on the order of an object's properties. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
