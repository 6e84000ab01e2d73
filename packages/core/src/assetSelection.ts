import { InfillError } from "@infill/partitions";
import type { AssetGraph } from "./assetGraph.ts";
import { UnknownAssetError } from "./graphErrors.ts";

/** Selection text that cannot be read. */
export class AssetSelectionError extends InfillError {
  readonly code = "INFILL_ASSET_SELECTION_INVALID";
  readonly selection: string;

  constructor(selection: string, problem: string) {
    super(`Invalid asset selection "${selection.slice(0, 80)}": ${problem}.`);
    this.selection = selection;
  }
}

/**
 * The assets that selection text names, in topological order.
 *
 * A comma separates terms: `sales`, `+sales` (with everything upstream), `sales+` (with everything downstream),
 * `sales+2` and `2+sales` (that many steps), `tag:finance`, `*` (all).
 *
 * @throws UnknownAssetError, AssetSelectionError
 */
export function selectAssets(graph: AssetGraph, selection: string): readonly string[] {
  const selected = new Set<string>();
  const terms = selection.split(",").map((term) => term.trim());
  if (terms.every((term) => term === "")) {
    throw new AssetSelectionError(
      selection,
      'expected asset names, such as "sales", "+sales", "sales+" or "*"',
    );
  }
  for (const term of terms) {
    if (term === "") throw new AssetSelectionError(selection, "a name is missing beside a comma");
    for (const name of namesOfTerm(graph, term)) selected.add(name);
  }
  return [...graph.assets.keys()].filter((name) => selected.has(name));
}

function namesOfTerm(graph: AssetGraph, term: string): Iterable<string> {
  const all = [...graph.assets.keys()];
  if (term === "*" || term === "all") return all;
  if (term.startsWith("tag:")) {
    const tag = term.slice(4);
    const tagged = all.filter((name) => graph.assets.get(name)?.tags.includes(tag));
    if (tagged.length === 0) throw new AssetSelectionError(term, `no asset has the tag "${tag}"`);
    return tagged;
  }
  const parts = /^(?:(\d*)(\+))?([^+]+)(?:(\+)(\d*))?$/.exec(term);
  const name = parts?.[3];
  if (parts === null || name === undefined) {
    throw new AssetSelectionError(
      term,
      'expected "name", "+name", "name+", "name+2" or "tag:name"',
    );
  }
  if (!graph.assets.has(name)) throw new UnknownAssetError(name, all);
  const selected = new Set([name]);
  if (parts[2] !== undefined) {
    walk(name, stepsOf(parts[1]), selected, (at) =>
      graph.upstreamEdges(at).map((edge) => edge.upstreamAsset),
    );
  }
  if (parts[4] !== undefined) {
    walk(name, stepsOf(parts[5]), selected, (at) =>
      graph.downstreamEdges(at).map((edge) => edge.downstreamAsset),
    );
  }
  return selected;
}

function stepsOf(digits: string | undefined): number {
  return digits === undefined || digits === "" ? Number.POSITIVE_INFINITY : Number(digits);
}

function walk(
  from: string,
  steps: number,
  selected: Set<string>,
  next: (name: string) => readonly string[],
): void {
  const seen = new Set([from]);
  let frontier = [from];
  for (let step = 0; step < steps && frontier.length > 0; step++) {
    frontier = frontier.flatMap(next).filter((name) => !seen.has(name) && seen.add(name));
    for (const name of frontier) selected.add(name);
  }
}
