/** A claim of the model, with its needs. */
export interface ModelHolder {
  readonly session: string;
  readonly claimNumber: number;
  readonly ordinal: number;
  readonly backfillId: string;
  readonly scopes: readonly string[];
}

/** The reference model of permits in plain sets, which the Lua is compared with. */
export class PermitModel {
  /** Absent: no cap. */
  readonly caps = new Map<string, number>();
  readonly #held = new Map<ModelHolder, Set<string>>();
  /** Waiting backfills by scope, in the order of their first refusal. */
  readonly #lines = new Map<string, string[]>();
  readonly #running = new Map<number, ModelHolder>();
  readonly #dead = new Set<string>();

  take(holder: ModelHolder): string {
    const mine = this.#held.get(holder) ?? new Set();
    const lacking = holder.scopes.filter((scope) => !mine.has(scope));
    let refused: string | undefined;
    for (const scope of lacking) {
      const line = this.#line(scope);
      const place = line.indexOf(holder.backfillId);
      const before = place < 0 ? line.length : place;
      const cap = this.caps.get(scope);
      if (cap !== undefined && before >= cap - this.holders(scope).length) {
        refused ??= scope;
        if (place < 0) line.push(holder.backfillId);
      } else if (place >= 0) {
        line.splice(place, 1);
      }
    }
    if (refused !== undefined) return `refused ${refused}`;
    this.#held.set(holder, new Set([...mine, ...holder.scopes]));
    return "granted";
  }

  release(holder: ModelHolder): number {
    return this.#held.delete(holder) ? 1 : 0;
  }

  /** Gives a permit to a claim that runs without one. */
  adopt(backfillId: string, scope: string): void {
    for (const holder of this.#running.values()) {
      if (holder.backfillId !== backfillId || this.#dead.has(holder.session)) continue;
      this.#held.set(holder, new Set([...(this.#held.get(holder) ?? []), scope]));
    }
  }

  claim(holder: ModelHolder): void {
    this.#running.set(holder.ordinal, holder);
  }

  end(holder: ModelHolder): void {
    if (this.runs(holder)) this.#running.delete(holder.ordinal);
  }

  runs(holder: ModelHolder): boolean {
    return this.#running.get(holder.ordinal) === holder && !this.#dead.has(holder.session);
  }

  die(session: string): void {
    this.#dead.add(session);
  }

  review(): number {
    const gone = [...this.#held.keys()].filter((holder) => !this.runs(holder));
    for (const holder of gone) this.#held.delete(holder);
    return gone.length;
  }

  holders(scope: string): string[] {
    return [...this.#held]
      .filter(([, scopes]) => scopes.has(scope))
      .map(([{ session, claimNumber }]) => `${session} ${claimNumber}`)
      .sort();
  }

  /** The running claims in a scope. */
  running(scope: string): string[] {
    return [...this.#running.values()]
      .filter((holder) => holder.scopes.includes(scope) && this.runs(holder))
      .map(({ session, claimNumber }) => `${session} ${claimNumber}`);
  }

  #line(scope: string): string[] {
    const line = this.#lines.get(scope) ?? [];
    this.#lines.set(scope, line);
    return line;
  }
}
