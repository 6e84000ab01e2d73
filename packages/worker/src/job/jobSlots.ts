/**
 * How long a job takes between two jobs of a slot, in milliseconds: it tells Redis how its last partitions ended, leaves the
 * queue, and the next one is fetched.
 */
const betweenMs = 20;
/** The part of the slots for which jobs may wait: quick jobs are there in time anyway. */
const mostWaiting = 0.25;
/** Weight of a new duration in the mean. */
const newWeight = 0.1;

/** A place of one job among those that run. */
export interface JobSlot {
  /** Whether the job may run now. */
  readonly isFree: boolean;
  /** Resolves when the job may run: true, or false if the worker takes no more jobs. */
  wait(): Promise<boolean>;
  /**
   * Leaves the slot to a more urgent job, if one waits, and takes the next one. Call it while the job runs, between two
   * functions.
   *
   * @returns as `wait`
   */
  giveWay(): Promise<boolean>;
  /** The functions of the job have ended. Safe to call again. */
  end(): void;
}

/**
 * The slots in which the functions of one pool run. More jobs than slots are fetched if a slot is soon free for them: so
 * a slot need not wait until the queue has taken back one job and handed out the next.
 */
export class JobSlots {
  readonly #slots: number;
  readonly #onJobs: (jobs: number) => void;
  readonly #waiting = new Set<WaitingJob>();
  #taken = 0;
  #nextTurn = 0;
  #meanMs: number | undefined;
  #jobs: number;
  #isClosed = false;

  /**
   * @param slots how many jobs run at once, at least 1
   * @param onJobs is told how many jobs to hold, waiting ones included, when that changes
   */
  constructor(slots: number, onJobs: (jobs: number) => void) {
    this.#slots = slots;
    this.#jobs = slots;
    this.#onJobs = onJobs;
  }

  /**
   * Takes the next slot.
   *
   * @param priority the queue's: of jobs that wait, the lowest goes first; equal ones in the order of the calls
   */
  take(priority: number): JobSlot {
    const job = new WaitingJob(priority, this.#nextTurn++, {
      ended: (hasRun) => (hasRun ? this.#release(job) : this.#waiting.delete(job)),
      giveWay: () => this.#giveWay(job),
    });
    if (this.#isClosed) job.answer(false);
    else if (this.#taken < this.#slots) this.#start(job);
    else this.#waiting.add(job);
    return job;
  }

  /** Turns away all jobs that wait, and later ones. */
  close(): void {
    this.#isClosed = true;
    for (const job of this.#waiting) job.answer(false);
    this.#waiting.clear();
  }

  #start(job: WaitingJob): void {
    this.#taken++;
    job.answer(true);
  }

  #release(job: WaitingJob): void {
    this.#taken--;
    this.#took(job.heldMs());
    this.#startNext();
  }

  #giveWay(job: WaitingJob): void {
    if (this.#next()?.isMoreUrgentThan(job) !== true) return;
    job.suspend();
    this.#taken--;
    this.#startNext();
    this.#waiting.add(job);
  }

  #startNext(): void {
    const next = this.#next();
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#start(next);
  }

  #next(): WaitingJob | undefined {
    let next: WaitingJob | undefined;
    for (const job of this.#waiting) if (next === undefined || job.goesBefore(next)) next = job;
    return next;
  }

  /**
   * A job that waits is missing to the workers that are idle, so there are only as many as slots end in `betweenMs`: none
   * where jobs take long.
   */
  #took(durationMs: number): void {
    this.#meanMs ??= durationMs;
    this.#meanMs += newWeight * (durationMs - this.#meanMs);
    const soon = Math.round((this.#slots * betweenMs) / Math.max(this.#meanMs, 1));
    const jobs = this.#slots + Math.min(Math.ceil(this.#slots * mostWaiting), soon);
    if (jobs === this.#jobs) return;
    this.#jobs = jobs;
    this.#onJobs(jobs);
  }
}

/** What a job asks of the slots. */
interface SlotsOfJob {
  ended(hasRun: boolean): void;
  giveWay(): void;
}

class WaitingJob implements JobSlot {
  readonly #priority: number;
  /** Its place among jobs of the same priority. */
  readonly #turn: number;
  readonly #slots: SlotsOfJob;
  #state: "waiting" | "running" | "refused" | "ended" = "waiting";
  #startedMs = 0;
  #beforeMs = 0;
  #tell: ((isOpen: boolean) => void) | undefined;

  constructor(priority: number, turn: number, slots: SlotsOfJob) {
    this.#priority = priority;
    this.#turn = turn;
    this.#slots = slots;
  }

  get isFree(): boolean {
    return this.#state === "running";
  }

  isMoreUrgentThan(other: WaitingJob): boolean {
    return this.#priority < other.#priority;
  }

  goesBefore(other: WaitingJob): boolean {
    if (this.#priority !== other.#priority) return this.#priority < other.#priority;
    return this.#turn < other.#turn;
  }

  wait(): Promise<boolean> {
    if (this.#state !== "waiting") return Promise.resolve(this.#state === "running");
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  giveWay(): Promise<boolean> {
    this.#slots.giveWay();
    return this.wait();
  }

  answer(isOpen: boolean): void {
    this.#state = isOpen ? "running" : "refused";
    this.#startedMs = performance.now();
    this.#tell?.(isOpen);
  }

  /** Its slot is for another job. */
  suspend(): void {
    this.#beforeMs = this.heldMs();
    this.#state = "waiting";
    this.#tell = undefined;
  }

  /** How long it has held slots. */
  heldMs(): number {
    return this.#beforeMs + performance.now() - this.#startedMs;
  }

  end(): void {
    const state = this.#state;
    this.#state = "ended";
    if (state === "running" || state === "waiting") this.#slots.ended(state === "running");
  }
}
