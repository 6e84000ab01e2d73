import type {
  AnyAsset,
  BackfillRequest,
  MaterializeContext,
  MaterializeResult,
} from "@infill/core";

/** What a function of these assets is told, whatever its partitions are. */
export type ShapeContext = Pick<MaterializeContext, "attempt" | "signal">;
/** What runs for each partition of a shape. */
export type ShapeFunction = (context: ShapeContext) => Promise<MaterializeResult | void>;

/** A backfill of a shape, and how many partitions it runs over all its assets. */
export interface ShapeBackfill {
  readonly request: BackfillRequest;
  readonly partitions: number;
}

/** One kind of work that backfills do: which assets, which of their partitions, and what runs for each. */
export interface Shape {
  readonly name: string;
  /** A description of one line, printed while the shape runs. */
  readonly what: string;
  /** Starts of each partition until it has succeeded. */
  readonly executions: number;
  /** How long a function takes, in milliseconds; 0 where it does nothing. */
  readonly functionMs: number;
  readonly run: ShapeFunction;
  /** @param materialize the function of every asset */
  assets(materialize: ShapeFunction): readonly AnyAsset[];
  /** @param about how many partitions; the shape rounds to whole days or weeks */
  backfill(about: number): ShapeBackfill;
}

/** A function that does nothing: what is left is the cost of running a partition. */
export async function doNothing(): Promise<void> {}
