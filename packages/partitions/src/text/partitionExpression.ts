/**
 * A parsed partition text: the union of products, each of which intersects clauses.
 *
 *     date=[2024-01-01...2024-01-31]; region=us,eu || :failed
 */
export interface PartitionExpression {
  readonly products: readonly PartitionProduct[];
}

/** Clauses that must all hold, with `;` between them. */
export type PartitionProduct = readonly PartitionClause[];

/** Terms for one dimension, or for whole partitions. */
export interface PartitionClause {
  /** Undefined if the terms are about whole partitions. */
  readonly dimension: string | undefined;
  readonly terms: readonly PartitionTerm[];
}

/**
 * A choice; `,` separates the terms of a clause, and `&` the parts of a term, which must all hold.
 * A term that is a single negated part is subtracted from the others, wherever it is.
 */
export type PartitionTerm = readonly PartitionPart[];

export interface PartitionPart {
  readonly isNegated: boolean;
  readonly atom: PartitionAtom;
}

/**
 * Status words. A stale partition was materialized by another code version than the asset's present
 * one, or before an upstream partition; `stale(code)` and `stale(upstream)` are its two parts.
 */
export const statusWords = [
  "missing",
  "failed",
  "stale",
  "stale(code)",
  "stale(upstream)",
] as const;
export type StatusWord = (typeof statusWords)[number];

/** The units of an age, in milliseconds. A day is 24 hours. */
export const ageUnits = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
export type AgeUnit = keyof typeof ageUnits;

/** Parts that need the state. */
export type StatusAtom =
  | { readonly kind: "status"; readonly word: StatusWord }
  /** Last settled longer ago than that; a partition that never settled does not match. */
  | { readonly kind: "older"; readonly count: number; readonly unit: AgeUnit };

export type PartitionAtom =
  | { readonly kind: "key"; readonly key: string }
  /** Keys with this prefix and suffix. */
  | { readonly kind: "pattern"; readonly prefix: string; readonly suffix: string }
  /** Both ends included; at most one is undefined, for an open end. */
  | { readonly kind: "range"; readonly from: string | undefined; readonly to: string | undefined }
  | { readonly kind: "all" }
  | { readonly kind: "latest"; readonly count: number }
  /** This many, spread evenly over what the rest of the term selects. */
  | { readonly kind: "sample"; readonly count: number }
  | StatusAtom;

/** The characters that end an unquoted key. */
export const reservedCharacters = ',[]"*;&=';

/** The most characters a text may have. */
export const longestText = 65_536;
/** The most terms a text may have. */
export const mostTerms = 10_000;
/** The most partitions that `:sample(n)` takes. */
export const mostSampled = 10_000;
