/** The fields of a vector, as far as the runner relies on them; `README.md` of this folder says what they mean. */
export interface Vector {
  readonly id: string;
  readonly now?: string;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly definition?: DefinitionSpec;
  readonly upstream?: DefinitionSpec | null;
  readonly downstream?: DefinitionSpec | null;
  readonly mapping?: MappingSpec | null;
  readonly direction?: "upstreamOf" | "downstreamOf";
  readonly input?: readonly string[] | null;
  readonly op?: "describe" | "union" | "intersect" | "subtract";
  readonly a?: SubsetSpec;
  readonly b?: SubsetSpec;
}

/** A definition as a vector writes it. */
export interface DefinitionSpec {
  readonly type: string;
  readonly start?: string;
  readonly end?: string | null;
  readonly timezone?: string;
  readonly minuteOffset?: number;
  readonly hourOffset?: number;
  readonly dayOffset?: number;
  readonly endOffset?: number;
  readonly keyFormat?: string;
  readonly cron?: string;
  readonly exclusions?: readonly ({ readonly cron: string } | { readonly at: string })[];
  readonly keys?: readonly string[] | null;
  readonly name?: string;
  readonly dimensions?: Readonly<Record<string, DefinitionSpec>>;
}

/** A mapping as a vector writes it. */
export interface MappingSpec {
  readonly type: string;
  readonly startOffset?: number;
  readonly endOffset?: number;
  readonly allowNonexistentUpstream?: boolean;
  readonly keys?: readonly string[];
  readonly map?: Readonly<Record<string, readonly string[]>>;
  readonly dimension?: string | null;
  readonly dimensions?: Readonly<
    Record<string, { readonly dimension: string; readonly mapping: MappingSpec }>
  >;
}

/** One side of a subset vector. */
export interface SubsetSpec {
  readonly keys?: readonly string[];
  readonly windows?: readonly (readonly [string, string])[];
  readonly ranges?: readonly (readonly [string, string])[];
  readonly all?: boolean;
  readonly dimension?: string;
  readonly value?: string;
}

/** What a vector's field asks: the answer in the shape in which the vector expects it. */
export type Answer = (expected: unknown) => unknown;

/** Answers by the name of the field in `expect`. */
export type Answers = Readonly<Record<string, Answer>>;

/** A field or value that the runner does not know. Such a vector has failed. */
export class NotUnderstood extends Error {}

/** Throws unless the vector has no fields but these. */
export function onlyFields(value: object, fields: readonly string[]): void {
  for (const field of Object.keys(value))
    if (!fields.includes(field)) throw new NotUnderstood(`field "${field}" is not known`);
}

/** The entries of a list in `expect`. */
export function entries(expected: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(expected)) throw new NotUnderstood("expected a list");
  return expected;
}

/** An instant as vectors write it. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
