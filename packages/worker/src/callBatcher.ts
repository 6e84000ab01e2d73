/**
 * Collects calls into batches, so that many partitions share one round trip and one script. The calls of one turn of the
 * event loop go together, and so do those that come while a batch is under way.
 */
export class CallBatcher<Q, A> {
  readonly #send: (requests: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  #waiting: { request: Q; resolve: (answer: A) => void; reject: (error: unknown) => void }[] = [];
  #isScheduled = false;

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
      // What comes in this very moment goes along; to wait for the turn's end would only make a lonely call late. While this
      // batch is under way the next one gathers.
      queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#most);
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
