/** A claim entry, with the letters of `lua/claim_partitions.lua`. */
interface ModelClaim {
  state: "R" | "W" | "L";
  session: string;
  number: number;
  /** Starts so far. */
  attempt: number;
  /** Starts that cost no try. */
  free: number;
  deaths: number;
  /** Whether a death of its session would count. */
  isStarted: boolean;
  backfill: string;
}

interface ModelLedger {
  control: string;
  revision: number;
  queued: Set<number>;
  settled: Set<number>;
  failed: Set<number>;
  skipped: Set<number>;
}

/** The reference model of one asset's transitions in plain sets, which the Lua is compared with. */
export class TransitionModel {
  readonly settlements: string[] = [];
  /** Settlements that were too late, "<backfill> <ordinal>". */
  readonly refusals: string[] = [];
  readonly #size: number;
  readonly #claims = new Map<number, ModelClaim>();
  readonly #waiters = new Map<number, Set<string>>();
  readonly #materialized = new Set<number>();
  readonly #failed = new Set<number>();
  readonly #ledgers = new Map<string, ModelLedger>();
  readonly #live = new Set<string>();
  /** The claim in each partition's record. */
  readonly #recorded = new Map<number, string>();

  constructor(size: number, backfills: readonly string[]) {
    this.#size = size;
    for (const id of backfills) {
      this.#ledgers.set(id, {
        control: "running",
        revision: 0,
        queued: new Set(),
        settled: new Set(),
        failed: new Set(),
        skipped: new Set(),
      });
    }
  }

  reserve(backfill: string, ordinals: readonly number[], limit: number): string[] | "stopped" {
    const ledger = this.#ledger(backfill);
    if (ledger.control !== "running") return "stopped";
    return ordinals.map((ordinal) => {
      if (ledger.settled.has(ordinal)) return "settled";
      if (ledger.queued.size >= limit) return "full";
      if (ledger.queued.has(ordinal)) return "queued";
      ledger.queued.add(ordinal);
      return "reserved";
    });
  }

  claim(backfill: string, session: string, ordinal: number, number: number): string {
    this.#live.add(session);
    const ledger = this.#ledger(backfill);
    if (!ledger.queued.has(ordinal)) return "gone";
    const claim = this.#claims.get(ordinal);
    const mayStart = ledger.control === "running";
    if (claim?.state === "R" && (mayStart || claim.backfill === backfill)) {
      if (this.#live.has(claim.session)) {
        if (claim.backfill !== backfill) {
          const waiters = this.#waiters.get(ordinal) ?? new Set();
          this.#waiters.set(ordinal, waiters.add(backfill));
        }
        return "held";
      }
      this.#lapse(claim);
    }
    if (!mayStart) {
      ledger.queued.delete(ordinal);
      return "stopped";
    }
    const isMine = claim?.backfill === backfill;
    const attempt = isMine ? (claim?.attempt ?? 0) + 1 : 1;
    const deaths = isMine ? (claim?.deaths ?? 0) : 0;
    const free = isMine ? (claim?.free ?? 0) : 0;
    this.#claims.set(ordinal, {
      state: "R",
      session,
      number,
      attempt,
      deaths,
      free,
      isStarted: deaths === 0,
      backfill,
    });
    return `claimed ${attempt} ${deaths}`;
  }

  settle(
    session: string,
    number: number,
    backfill: string,
    ordinal: number,
    outcome: "succeeded" | "failed",
  ): string {
    const claim = this.#claims.get(ordinal);
    const id = `${session} ${number}`;
    if (claim?.state !== "R" || claim.session !== session || claim.number !== number) {
      if (this.#recorded.get(ordinal) === id) return "settled";
      this.refusals.push(`${backfill} ${ordinal}`);
      return "refused";
    }
    this.#claims.delete(ordinal);
    this.#recorded.set(ordinal, id);
    if (outcome === "succeeded") {
      this.#materialized.add(ordinal);
      this.#failed.delete(ordinal);
    } else {
      this.#failed.add(ordinal);
    }
    const waiters = [...(this.#waiters.get(ordinal) ?? [])].filter((other) => other !== backfill);
    this.#waiters.delete(ordinal);
    for (const id of [...waiters, backfill]) {
      const ledger = this.#ledger(id);
      // Leave a waiting backfill alone that has settled the partition meanwhile (by a skip, for
      // example) or was canceled.
      if (id !== backfill && (ledger.settled.has(ordinal) || ledger.control === "canceling"))
        continue;
      ledger.queued.delete(ordinal);
      if (ledger.settled.has(ordinal)) continue;
      ledger.settled.add(ordinal);
      if (outcome === "failed") ledger.failed.add(ordinal);
      this.settlements.push(`${id} ${ordinal} ${outcome}`);
    }
    return "settled";
  }

  release(session: string, number: number, backfill: string, ordinal: number, how: string): string {
    const claim = this.#claims.get(ordinal);
    if (claim?.state !== "R" || claim.session !== session || claim.number !== number)
      return "refused";
    if (how === "cancel") {
      this.#claims.delete(ordinal);
    } else {
      claim.state = "W";
      if (how === "unstarted" || !claim.isStarted) claim.attempt--;
      else if (how !== "retry") claim.free++;
    }
    if (how === "cancel" || how === "stop") this.#ledger(backfill).queued.delete(ordinal);
    if (how !== "retry") this.#waiters.delete(ordinal);
    return "released";
  }

  start(session: string, number: number, ordinal: number): boolean {
    const claim = this.#claims.get(ordinal);
    if (claim?.state !== "R" || claim.session !== session || claim.number !== number) return false;
    claim.isStarted = true;
    return true;
  }

  expire(session: string): void {
    this.#live.delete(session);
  }

  lapse(): number {
    let lapsed = 0;
    for (const claim of this.#claims.values()) {
      if (claim.state !== "R" || this.#live.has(claim.session)) continue;
      this.#lapse(claim);
      lapsed++;
    }
    return lapsed;
  }

  skip(backfill: string, ordinals: readonly number[]): number {
    const ledger = this.#ledger(backfill);
    const fresh = ordinals.filter(
      (ordinal) => !ledger.settled.has(ordinal) && !ledger.queued.has(ordinal),
    );
    for (const ordinal of fresh) {
      ledger.settled.add(ordinal);
      ledger.skipped.add(ordinal);
    }
    return fresh.length;
  }

  /**
   * Whether everything has settled and nothing runs: then the ledger may be sealed, which changes
   * no answer.
   */
  isSettled(backfill: string): boolean {
    const isRunning = [...this.#claims.values()].some(
      (claim) => claim.state === "R" && claim.backfill === backfill,
    );
    return !isRunning && this.#ledger(backfill).settled.size === this.#size;
  }

  reopen(backfill: string): number {
    const ledger = this.#ledger(backfill);
    const taken = [...ledger.failed, ...ledger.skipped];
    for (const ordinal of taken) ledger.settled.delete(ordinal);
    ledger.failed.clear();
    ledger.skipped.clear();
    return taken.length;
  }

  control(backfill: string, control: string, revision: number): boolean {
    const ledger = this.#ledger(backfill);
    if (revision < ledger.revision) return false;
    ledger.control = control;
    ledger.revision = revision;
    return true;
  }

  /** Removes the waiting and lapsed claims of a backfill. */
  forget(backfill: string): number {
    let forgotten = 0;
    for (const [ordinal, claim] of this.#claims) {
      if (claim.backfill !== backfill || claim.state === "R") continue;
      this.#claims.delete(ordinal);
      forgotten++;
    }
    return forgotten;
  }

  drop(backfill: string, ordinals: readonly number[]): number {
    const ledger = this.#ledger(backfill);
    if (ledger.control === "running") return 0;
    let dropped = 0;
    for (const ordinal of ordinals) {
      const claim = this.#claims.get(ordinal);
      if (claim?.backfill === backfill && claim.state === "R") continue;
      if (claim?.backfill === backfill && ledger.control === "canceling")
        this.#claims.delete(ordinal);
      if (ledger.queued.delete(ordinal)) dropped++;
    }
    return dropped;
  }

  /** Running partitions outside their backfill's window; there must be none. */
  outsideOfTheirWindow(): string[] {
    return Array.from(this.#claims).flatMap(([ordinal, { state, backfill }]) => {
      const { queued, settled } = this.#ledger(backfill);
      if (state !== "R" || queued.has(ordinal) || settled.has(ordinal)) return [];
      return [`${backfill} ${ordinal}`];
    });
  }

  observed(): unknown {
    const list = (set: Iterable<number>) => [...set].sort((a, b) => a - b);
    const running = (backfill?: string) =>
      [...this.#claims].flatMap(([ordinal, claim]) =>
        claim.state === "R" && (backfill === undefined || claim.backfill === backfill)
          ? [ordinal]
          : [],
      );
    const ledgers = Object.fromEntries(
      Array.from(this.#ledgers, ([id, { control, queued, settled, failed, skipped }]) => [
        id,
        {
          control,
          queued: list(queued),
          settled: list(settled),
          failed: list(failed),
          skipped: list(skipped),
          counters: [
            queued.size,
            running(id).length,
            settled.size - failed.size - skipped.size,
            failed.size,
            skipped.size,
          ],
        },
      ]),
    );
    const claims = Array.from(
      this.#claims,
      ([ordinal, { state, session, number, attempt, deaths, free, backfill }]) =>
        `:${ordinal} ${state} ${session} ${number} ${attempt} ${free === 0 ? deaths : `${deaths}.0.${free}`} ${backfill}`,
    );
    if (this.#size < 1) throw new Error("Bug: a model of nothing");
    return {
      materialized: list(this.#materialized),
      failed: list(this.#failed),
      inProgress: list(running()),
      claims: claims.sort(),
      ledgers,
    };
  }

  #lapse(claim: ModelClaim): void {
    claim.state = "L";
    if (claim.isStarted) claim.deaths++;
    else claim.attempt--;
  }

  #ledger(id: string): ModelLedger {
    const ledger = this.#ledgers.get(id);
    if (ledger === undefined) throw new Error(`Bug: no ledger "${id}"`);
    return ledger;
  }
}
