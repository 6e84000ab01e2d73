import type { Contender } from "./poolShares.ts";

/** A backfill that may have something to do in a pool. */
interface Contending {
  readonly run: { contends(pool: string): Contender | undefined };
}

/** Most backfills that are asked each time. */
const fewRuns = 16;
/**
 * Least and longest time for which an answer is cached if there are more backfills, in
 * milliseconds.
 */
const leastMs = 10;
const mostMs = 200;

/** The backfills that have something to do in a pool. */
export class Contenders {
  readonly #runs: ReadonlyMap<string, Contending>;
  /** The contenders of other planners. */
  readonly #others: { of(pool: string): readonly Contender[] };
  readonly #known = new Map<
    string,
    { readonly untilMs: number; readonly contenders: readonly Contender[] }
  >();

  constructor(
    runs: ReadonlyMap<string, Contending>,
    others: { of(pool: string): readonly Contender[] },
  ) {
    this.#runs = runs;
    this.#others = others;
  }

  /**
   * With many backfills the answer is cached for a short time, because computing it asks each of
   * them: at most a twentieth of the time is spent on it.
   */
  of(pool: string): readonly Contender[] {
    const known = this.#known.get(pool);
    const nowMs = performance.now();
    if (known !== undefined && nowMs < known.untilMs) return known.contenders;
    const contenders: Contender[] = [];
    for (const { run } of this.#runs.values()) {
      const contender = run.contends(pool);
      if (contender !== undefined) contenders.push(contender);
    }
    contenders.push(...this.#others.of(pool));
    const tookMs = performance.now() - nowMs;
    const untilMs = nowMs + Math.min(mostMs, Math.max(leastMs, 20 * tookMs));
    if (this.#runs.size > fewRuns) this.#known.set(pool, { untilMs, contenders });
    else this.#known.delete(pool);
    return contenders;
  }
}
