import { InfillError, nearestName } from "@infill/partitions";

/** The project has no asset of this name. */
export class UnknownAssetError extends InfillError {
  readonly code = "INFILL_ASSET_UNKNOWN";
  readonly asset: string;

  constructor(asset: string, known: readonly string[], neededBy?: string) {
    const closest = nearestName(asset, known);
    const hint = closest === undefined ? `expected ${listed(known)}` : `did you mean "${closest}"?`;
    const subject = neededBy === undefined ? "" : ` that "${neededBy}" depends on`;
    super(
      `Unknown asset "${asset.slice(0, 80)}"${subject}: ${hint}${hint.endsWith("?") ? "" : "."}`,
    );
    this.asset = asset;
  }
}

/** The project does not list an asset that another one depends on. */
export class UnlistedAssetError extends InfillError {
  readonly code = "INFILL_ASSET_UNLISTED";
  readonly asset: string;

  constructor(asset: string, neededBy: string) {
    super(
      `Asset "${neededBy}" depends on asset "${asset}", which the project does not list. Add it to assets.`,
    );
    this.asset = asset;
  }
}

/** A dependency's mapping does not fit the partitions of its two assets; has the code of its cause. */
export class DependencyMappingError extends InfillError {
  readonly code: string;
  readonly upstream: string;
  readonly asset: string;

  constructor(upstream: string, asset: string, cause: InfillError) {
    super(`Asset "${asset}" depends on "${upstream}". ${cause.message}`, { cause });
    this.code = cause.code;
    this.upstream = upstream;
    this.asset = asset;
  }
}

/** An asset's function asked for a name that is not one of its upstream assets. */
export class NotUpstreamError extends InfillError {
  readonly code = "INFILL_ASSET_NOT_UPSTREAM";
  readonly asset: string;

  constructor(upstream: string, asset: string, upstreams: readonly string[]) {
    const closest = nearestName(upstream, upstreams);
    const hint =
      closest !== undefined
        ? `Did you mean "${closest}"?`
        : upstreams.length === 0
          ? `It depends on none: add "${upstream.slice(0, 80)}" to its deps.`
          : `It depends on ${listed(upstreams).replace("one of ", "")}: add "${upstream.slice(0, 80)}" to its deps.`;
    super(`Asset "${asset}" does not depend on "${upstream.slice(0, 80)}". ${hint}`);
    this.asset = asset;
  }
}

/** The asset's partitions have no time window. */
export class NoWindowError extends InfillError {
  readonly code = "INFILL_WINDOW_NONE";
  readonly asset: string;

  constructor(asset: string) {
    super(
      `Asset "${asset}" has no time window: its partitions have no time dimension. Read partition.key instead of window.`,
    );
    this.asset = asset;
  }
}

/** Two assets of a project have the same name, or names that differ in case only. */
export class DuplicateAssetError extends InfillError {
  readonly code = "INFILL_ASSET_DUPLICATE";
  readonly asset: string;

  constructor(first: string, second: string) {
    super(
      first === second
        ? `Two assets are called "${first}". Give each asset of a project its own name.`
        : `The asset names "${first}" and "${second}" differ only in case. Give one of them another name.`,
    );
    this.asset = second;
  }
}

/** Assets depend on each other in a cycle, so none of them can be first. */
export class AssetCycleError extends InfillError {
  readonly code = "INFILL_ASSET_CYCLE";
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(
      `Assets depend on each other in a cycle: ${path.join(" → ")}. Remove one of these dependencies` +
        `${path.length === 2 ? ", or give the self-dependency a negative offset, as in timeWindowMapping({ startOffset: -1, endOffset: -1 })" : ""}.`,
    );
    this.path = path;
  }
}

/** The project's `pools` do not have an asset's pool. */
export class UnknownPoolError extends InfillError {
  readonly code = "INFILL_POOL_UNKNOWN";
  readonly pool: string;

  constructor(pool: string, known: readonly string[], neededBy?: string) {
    const closest = nearestName(pool, known);
    const hint =
      closest === undefined ? `expected ${listed(known)}.` : `did you mean "${closest}"?`;
    super(
      `Unknown pool "${pool.slice(0, 80)}"${neededBy === undefined ? "" : ` of asset "${neededBy}"`}: ${hint}`,
    );
    this.pool = pool;
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "the project to list a pool; it lists none";
  const shown = names
    .slice(0, 8)
    .map((name) => `"${name}"`)
    .join(", ");
  return `one of ${shown}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`;
}
