import type { Contender } from "./poolShares.ts";

/** A backfill that may have something to do in a pool. */
interface Contending {
  readonly run: { contends(pool: string): Contender | undefined };
}

/** So few backfills are asked each time whether they have something to do in a pool. */
const fewRuns = 16;
/** For how long their answer stands at the least where there are more, in milliseconds, and at the most. */
const leastMs = 10;
const mostMs = 200;

/** Which backfills have something to do in a pool. */
export class Contenders {
  readonly #runs: ReadonlyMap<string, Contending>;
  /** Those of other planners. */
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

  /** As of a moment ago where many backfills ask, because the answer asks each of them: at most a twentieth of the time. */
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
