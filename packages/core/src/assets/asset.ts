import {
  type PartitionMapping,
  type PartitionsDefinition,
  type Unpartitioned,
  unpartitioned,
} from "@infill/partitions";
import { z } from "zod";
import {
  capSchema,
  checkConcurrencyPer,
  type ConcurrencyPer,
  concurrencyPerSchema,
} from "../requests/concurrencyPer.ts";
import { parseOptions } from "../errors/invalidOptionsError.ts";
import type { Materialize } from "./materializeContext.ts";
import { nameSchema } from "../requests/nameSchema.ts";
import {
  type ResolvedRetryPolicy,
  type RetryPolicy,
  retryPolicySchema,
} from "../requests/retryPolicy.ts";

/** One upstream of an asset, and how its partitions relate to the asset's own. */
export interface AssetDependency {
  readonly asset: string;
  /** Default: the default mapping between the two definitions. */
  readonly mapping?: PartitionMapping;
}

/**
 * A data asset: its partitions, what it depends on, and the function that materializes one partition.
 *
 * Built by `asset`, which checks and freezes it.
 */
export interface Asset<D extends PartitionsDefinition = PartitionsDefinition> {
  readonly name: string;
  readonly description: string;
  readonly partitions: D;
  readonly dependencies: readonly AssetDependency[];
  /** The pool whose workers run it. */
  readonly pool: string;
  /** Free text that changes whenever the code's results do; "" if the user keeps none. */
  readonly codeVersion: string;
  readonly tags: readonly string[];
  readonly retry: ResolvedRetryPolicy;
  /** Longest time of one attempt, in milliseconds; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Most partitions in progress at once, over all workers and backfills; undefined: no limit of its own. */
  readonly concurrency: number | undefined;
  /** By dimension: most partitions in progress at once that share a key. */
  readonly concurrencyPer: Readonly<Record<string, number>>;
  readonly materialize: Materialize<D>;
}

/** Any asset. Its `materialize` is called with what its definition promises. */
// oxlint-disable-next-line typescript/no-explicit-any -- materialize is contravariant in its definition
export type AnyAsset = Asset<any>;

/** What a user writes in `asset({ … })`. */
export interface AssetOptions<D extends PartitionsDefinition> {
  readonly name: string;
  readonly description?: string;
  /** Default: un-partitioned. */
  readonly partitions?: D;
  /** Assets it depends on, by value or by name; `dep` gives one a mapping. An asset may depend on itself by name. */
  readonly deps?: readonly (AnyAsset | AssetDependency | string)[];
  readonly pool?: string;
  readonly codeVersion?: string;
  readonly tags?: readonly string[];
  readonly retry?: RetryPolicy;
  readonly timeoutMs?: number;
  /** Most partitions in progress at once, over all workers and backfills. */
  readonly concurrency?: number;
  /**
   * The same for partitions that share a key of a dimension: `{ tenant: 2 }` runs at most two of
   * each tenant at once.
   */
  readonly concurrencyPer?: ConcurrencyPer<D>;
  readonly materialize: Materialize<D>;
}

const optionsSchema = z.strictObject({
  name: nameSchema,
  description: z.string().max(10_000).default(""),
  partitions: z
    .custom<PartitionsDefinition>(isDefinition, "expected a partitions definition")
    .optional(),
  deps: z.array(z.union([z.string(), z.custom<AssetDependency | AnyAsset>(isObject)])).default([]),
  pool: nameSchema.default("default"),
  codeVersion: z.string().max(200).default(""),
  tags: z.array(z.string().min(1).max(100)).default([]),
  retry: retryPolicySchema.prefault({}),
  timeoutMs: z
    .int()
    .min(1)
    .max(30 * 86_400_000)
    .optional(),
  concurrency: capSchema.optional(),
  concurrencyPer: concurrencyPerSchema.default({}),
  materialize: z.custom<Materialize<PartitionsDefinition>>(
    (value) => typeof value === "function",
    "expected a function",
  ),
});

/**
 * Defines an asset.
 *
 * @throws InvalidOptionsError with the option, its value and what would be right
 */
export function asset<const D extends PartitionsDefinition = Unpartitioned>(
  options: AssetOptions<D>,
): Asset<D> {
  const name = typeof options?.name === "string" ? options.name : "";
  const parsed = parseOptions(optionsSchema, options, `asset "${name}"`);
  const partitions = parsed.partitions ?? unpartitioned;
  checkConcurrencyPer(`asset "${name}"`, partitions, parsed.concurrencyPer);
  return Object.freeze({
    ...parsed,
    // The schema only distinguishes definitions from other values; the compiler knows their type.
    partitions: partitions as D,
    dependencies: parsed.deps.map(dependencyOf),
    timeoutMs: parsed.timeoutMs,
    concurrency: parsed.concurrency,
    materialize: options.materialize,
  });
}

/** Declares a dependency with a mapping, instead of the default between the two definitions. */
export function dep(
  upstream: AnyAsset | string,
  options: { readonly mapping?: PartitionMapping } = {},
): AssetDependency {
  const name = typeof upstream === "string" ? upstream : upstream.name;
  const dependency: AssetDependency =
    options.mapping === undefined ? { asset: name } : { asset: name, mapping: options.mapping };
  if (typeof upstream !== "string") byValue.add(dependency);
  return dependency;
}

/**
 * Dependencies that were given as assets rather than by name, so their names cannot be mistyped.
 */
const byValue = new WeakSet<AssetDependency>();

/** Whether a dependency was given as an asset, and not by name. */
export function isByValue(dependency: AssetDependency): boolean {
  return byValue.has(dependency);
}

function dependencyOf(value: string | AssetDependency | AnyAsset): AssetDependency {
  if (typeof value === "string") return { asset: value };
  if ("materialize" in value) return dep(value);
  return value;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isDefinition(value: unknown): boolean {
  return isObject(value) && typeof (value as { kind?: unknown }).kind === "string";
}
