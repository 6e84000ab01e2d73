/**
 * Collects calls into batches, so that many partitions share one round trip and one script. Calls that come in one go are
 * together, and so are those that come while a batch is under way. After a call that was alone the next one is sent at
 * once: what else is about to be sent in this moment would only make it late.
 */
export class CallBatcher<Q, A> {
  readonly #send: (requests: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  #waiting: { request: Q; resolve: (answer: A) => void; reject: (error: unknown) => void }[] = [];
  #isScheduled = false;
  /** Whether the last batch had one call only. */
  #wasAlone = false;

  /**
   * @param most requests in one batch
   * @param send answers a batch, in order
   */
  constructor(most: number, send: (requests: readonly Q[]) => Promise<readonly A[]>) {
    this.#most = most;
    this.#send = send;
  }

  call(request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // While this batch is under way the next one gathers.
      if (this.#wasAlone) void this.#flush();
      else queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#most);
    this.#wasAlone = batch.length === 1;
    try {
      const answers = await this.#send(batch.map(({ request }) => request));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("Bug: a batch was answered in part"));
        else resolve(answer);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    if (this.#waiting.length > 0) setImmediate(() => void this.#flush());
    else this.#isScheduled = false;
  }
}
