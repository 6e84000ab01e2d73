import { InfillError } from "@infill/partitions";
import type { AssetGraph } from "./assetGraph.ts";
import { UnknownAssetError } from "./graphErrors.ts";

/** The selection text cannot be read. */
export class AssetSelectionError extends InfillError {
  readonly code = "INFILL_ASSET_SELECTION_INVALID";
  readonly selection: string;

  constructor(selection: string, problem: string) {
    super(`Invalid asset selection "${selection.slice(0, 80)}": ${problem}.`);
    this.selection = selection;
  }
}

/** One term of a selection, with the assets that its `+` adds. */
export interface SelectionTerm {
  /** What was written. */
  readonly text: string;
  /** The assets that it names: one, or all of a group. */
  readonly named: readonly string[];
  /** Whether it names a group: `*` or a tag. */
  readonly isGroup: boolean;
  /** What `+` before the name adds; empty without one. */
  readonly upstream: ReadonlySet<string>;
  /** Whether `+` before the name has a limit of steps. */
  readonly isUpstreamCut: boolean;
  /** What `+` after the name adds; empty without one. */
  readonly downstream: ReadonlySet<string>;
  /** Whether `+` stands before the name. */
  readonly takesUpstream: boolean;
}

/**
 * The assets that a selection text selects, in topological order.
 *
 * A comma separates terms: `sales`, `+sales` (with everything upstream), `sales+` (with everything
 * downstream), `sales+2` and `2+sales` (that many steps), `tag:finance`, `*` (all).
 *
 * @throws UnknownAssetError, AssetSelectionError
 */
export function selectAssets(graph: AssetGraph, selection: string): readonly string[] {
  const selected = new Set<string>();
  for (const { named, upstream, downstream } of selectionTerms(graph, selection))
    for (const names of [named, upstream, downstream]) for (const name of names) selected.add(name);
  return [...graph.assets.keys()].filter((name) => selected.has(name));
}

/**
 * The terms of selection text, in the order written.
 *
 * @throws UnknownAssetError, AssetSelectionError
 */
export function selectionTerms(graph: AssetGraph, selection: string): readonly SelectionTerm[] {
  const terms = selection.split(",").map((term) => term.trim());
  if (terms.every((term) => term === "")) {
    throw new AssetSelectionError(
      selection,
      'expected asset names, such as "sales", "+sales", "sales+" or "*"',
    );
  }
  return terms.map((term) => {
    if (term === "")
      throw new AssetSelectionError(selection, "a name is missing before or after a comma");
    return termOf(graph, term);
  });
}

function termOf(graph: AssetGraph, text: string): SelectionTerm {
  const all = [...graph.assets.keys()];
  const alone = { text, upstream: new Set<string>(), downstream: new Set<string>() };
  const group = { ...alone, isGroup: true, isUpstreamCut: false, takesUpstream: false };
  if (text === "*" || text === "all") return { ...group, named: all };
  if (text.startsWith("tag:")) {
    const tag = text.slice(4);
    const tagged = all.filter((name) => graph.assets.get(name)?.tags.includes(tag));
    if (tagged.length === 0) throw new AssetSelectionError(text, `no asset has the tag "${tag}"`);
    return { ...group, named: tagged };
  }
  if (/\s/.test(text))
    throw new AssetSelectionError(
      text,
      `expected a comma between assets: "${text.split(/\s+/).join(",").slice(0, 80)}"`,
    );
  const parts = /^(?:(\d*)(\+))?([^+]+)(?:(\+)(\d*))?$/.exec(text);
  const name = parts?.[3];
  if (parts === null || name === undefined) {
    throw new AssetSelectionError(
      text,
      'expected "name", "+name", "name+", "name+2" or "tag:name"',
    );
  }
  if (!graph.assets.has(name)) throw new UnknownAssetError(name, all);
  return {
    ...alone,
    named: [name],
    isGroup: false,
    isUpstreamCut: stepsOf(parts[1]) !== Number.POSITIVE_INFINITY,
    takesUpstream: parts[2] !== undefined,
    upstream:
      parts[2] === undefined
        ? alone.upstream
        : walk(name, stepsOf(parts[1]), (at) =>
            graph.upstreamEdges(at).map((edge) => edge.upstreamAsset),
          ),
    downstream:
      parts[4] === undefined
        ? alone.downstream
        : walk(name, stepsOf(parts[5]), (at) =>
            graph.downstreamEdges(at).map((edge) => edge.downstreamAsset),
          ),
  };
}

function stepsOf(digits: string | undefined): number {
  return digits === undefined || digits === "" ? Number.POSITIVE_INFINITY : Number(digits);
}

/** The assets at most this many steps away, without the start. */
function walk(from: string, steps: number, next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set([from]);
  let frontier = [from];
  for (let step = 0; step < steps && frontier.length > 0; step++)
    frontier = frontier.flatMap(next).filter((name) => !seen.has(name) && seen.add(name));
  seen.delete(from);
  return seen;
}
