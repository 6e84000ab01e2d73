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

  /** Takes the next slot, in the order of the calls. */
  take(): JobSlot {
    const job = new WaitingJob((isOpen) =>
      isOpen ? this.#release(job) : this.#waiting.delete(job),
    );
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
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#start(next);
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

class WaitingJob implements JobSlot {
  readonly #onEnd: (hasRun: boolean) => void;
  #state: "waiting" | "running" | "refused" | "ended" = "waiting";
  #startedMs = 0;
  #tell: ((isOpen: boolean) => void) | undefined;

  constructor(onEnd: (hasRun: boolean) => void) {
    this.#onEnd = onEnd;
  }

  get isFree(): boolean {
    return this.#state === "running";
  }

  wait(): Promise<boolean> {
    if (this.#state !== "waiting") return Promise.resolve(this.#state === "running");
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  answer(isOpen: boolean): void {
    this.#state = isOpen ? "running" : "refused";
    this.#startedMs = performance.now();
    this.#tell?.(isOpen);
  }

  heldMs(): number {
    return performance.now() - this.#startedMs;
  }

  end(): void {
    const state = this.#state;
    this.#state = "ended";
    if (state === "running" || state === "waiting") this.#onEnd(state === "running");
  }
}
