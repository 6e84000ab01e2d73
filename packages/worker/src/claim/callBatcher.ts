import { isWrongType } from "@infill/state";

interface WaitingCall<Q, A> {
  readonly request: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects calls into batches, so that many partitions share one round trip and one script. Calls
 * of one turn form a batch, and so do calls that arrive while a batch is under way. If the last
 * batch had a single call, the next call is sent at once, because waiting for others would only
 * delay it.
 */
export class CallBatcher<Q, A> {
  readonly #send: (requests: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  readonly #groupOf: (request: Q) => string;
  #waiting: WaitingCall<Q, A>[] = [];
  #isScheduled = false;
  /** Whether the last batch had a single call. */
  #wasAlone = false;

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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // The next batch gathers while this one is under way.
      if (this.#wasAlone) void this.#flush();
      else queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#most);
    this.#wasAlone = batch.length === 1;
    await this.#answer(batch);
    if (this.#waiting.length > 0) setImmediate(() => void this.#flush());
    else this.#isScheduled = false;
  }

  async #answer(batch: readonly WaitingCall<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#send(batch.map(({ request }) => request));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("Bug: a batch was answered in part"));
        else resolve(answer);
      }
    } catch (error) {
      const names = new Set(batch.map(({ request }) => this.#groupOf(request)));
      if (!isWrongType(error) || names.size < 2) {
        for (const { reject } of batch) reject(error);
        return;
      }
      for (const name of names)
        await this.#answer(batch.filter(({ request }) => this.#groupOf(request) === name));
    }
  }
}
