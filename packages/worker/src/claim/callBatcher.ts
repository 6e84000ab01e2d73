import { isWrongType } from "@infill/state";

interface WaitingCall<Q, A> {
  readonly requests: readonly Q[];
  readonly resolve: (answers: readonly A[]) => void;
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
    return this.callAll([request]).then(onlyOf);
  }

  /**
   * Several calls at once, which are sent together.
   *
   * @param requests at most `most`, all of one group
   * @returns an answer for each, in order
   */
  callAll(requests: readonly Q[]): Promise<readonly A[]> {
    if (requests.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => this.#add({ requests, resolve, reject }));
  }

  #add(call: WaitingCall<Q, A>): void {
    this.#waiting.push(call);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // While this batch is under way the next one gathers.
    if (this.#wasAlone) void this.#flush();
    else queueMicrotask(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    let requests = 0;
    const fitting = this.#waiting.findIndex((call) => {
      requests += call.requests.length;
      return requests > this.#most;
    });
    const batch = this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : fitting);
    this.#wasAlone = batch.length === 1;
    await this.#answer(batch);
    if (this.#waiting.length > 0) setImmediate(() => void this.#flush());
    else this.#isScheduled = false;
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
