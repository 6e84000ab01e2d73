import { isWrongType } from "@infill/state";

/** How long calls that can wait are collected, in milliseconds. */
const gatherMs = 3;
/** Calls wait for others only if some come in that time, going by the last ones. */
const mostGapMs = gatherMs / 2;
/** Weight of a new gap between two calls in the mean. */
const newGapWeight = 0.2;
/** Requests that are worth a call, however soon others may come. */
const enough = 64;

interface WaitingCall<Q, A> {
  readonly requests: readonly Q[];
  readonly resolve: (answers: readonly A[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects calls into batches, so that many partitions share one round trip and one script. Calls
 * of one turn form a batch, and so do calls that arrive while a batch is under way. If the last
 * batch had a single call, the next call is sent at once, because waiting for others would only
 * delay it. Calls that can wait are collected for some milliseconds where they come close together,
 * and go with the next one that cannot.
 */
export class CallBatcher<Q, A> {
  readonly #send: (requests: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  readonly #groupOf: (request: Q) => string;
  #waiting: WaitingCall<Q, A>[] = [];
  #isScheduled = false;
  /** Whether the last batch had a single call. */
  #wasAlone = false;
  #requests = 0;
  /** Whether a call waits that cannot. */
  #isUrgent = false;
  #gathering: NodeJS.Timeout | undefined;
  #meanGapMs = 0;
  #lastMs = 0;

  /**
   * @param most requests in one batch
   * @param send answers a batch, in order; must be safe to call again for the same requests
   * @param groupOf names the request's key; if a key of a batch is unreadable, each group is sent
   *   alone, so that the others do not fail
   */
  constructor(
    most: number,
    send: (requests: readonly Q[]) => Promise<readonly A[]>,
    groupOf: (request: Q) => string = () => "",
  ) {
    this.#most = most;
    this.#send = send;
    this.#groupOf = groupOf;
  }

  call(request: Q): Promise<A> {
    return this.callAll([request]).then(onlyOf);
  }

  /**
   * Several calls at once, which are sent together.
   *
   * @param requests at most `most`, all of one group
   * @param canWait whether they may wait a moment for others, if others come often
   * @returns an answer for each, in order
   */
  callAll(requests: readonly Q[], canWait = false): Promise<readonly A[]> {
    if (requests.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => this.#add({ requests, resolve, reject }, canWait));
  }

  #add(call: WaitingCall<Q, A>, canWait: boolean): void {
    this.#waiting.push(call);
    this.#requests += call.requests.length;
    const others = this.#noteGap() <= mostGapMs;
    this.#isUrgent ||= !canWait || !others || this.#requests >= enough;
    if (this.#gathering !== undefined) {
      if (this.#isUrgent) this.#endGathering();
      return;
    }
    // While a batch is under way the next one gathers.
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (!this.#isUrgent) this.#gather();
    else if (this.#wasAlone) void this.#flush();
    else queueMicrotask(() => void this.#flush());
  }

  /** @returns the mean of milliseconds between two calls */
  #noteGap(): number {
    const nowMs = performance.now();
    const gapMs = Math.min(nowMs - this.#lastMs, 10 * gatherMs);
    this.#lastMs = nowMs;
    return (this.#meanGapMs += newGapWeight * (gapMs - this.#meanGapMs));
  }

  #gather(): void {
    this.#gathering = setTimeout(() => this.#endGathering(), gatherMs);
  }

  #endGathering(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    queueMicrotask(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    let requests = 0;
    const fitting = this.#waiting.findIndex((call) => {
      requests += call.requests.length;
      return requests > this.#most;
    });
    const batch = this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : fitting);
    this.#wasAlone = batch.length === 1;
    // What is left does not wait longer.
    this.#isUrgent = fitting !== -1;
    this.#requests = 0;
    await this.#answer(batch);
    if (this.#waiting.length === 0) this.#isScheduled = false;
    else if (this.#isUrgent) setImmediate(() => void this.#flush());
    else this.#gather();
  }

  async #answer(batch: readonly WaitingCall<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#send(batch.flatMap(({ requests }) => requests));
      let first = 0;
      for (const { requests, resolve, reject } of batch) {
        const own = answers.slice(first, (first += requests.length));
        if (own.length < requests.length) reject(new Error("Bug: a batch was answered in part"));
        else resolve(own);
      }
    } catch (error) {
      const names = new Set(
        batch.map(({ requests: [first] }) => (first === undefined ? "" : this.#groupOf(first))),
      );
      if (!isWrongType(error) || names.size < 2) {
        for (const { reject } of batch) reject(error);
        return;
      }
      for (const name of names)
        await this.#answer(
          batch.filter(({ requests: [first] }) => this.#groupOf(first as Q) === name),
        );
    }
  }
}

/** The answer to a call of its own. */
export function onlyOf<A>([answer]: readonly A[]): A {
  if (answer === undefined) throw new Error("Bug: a call was not answered");
  return answer;
}
