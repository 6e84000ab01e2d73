import { type AbortReason, PartitionAbortedError } from "./partitionAbortedError.ts";

/**
 * Tells one partition's function to stop, at most once. The AbortSignal is made when the function reads it: most never do,
 * and making one costs more than asking for a claim.
 */
export class StopOrder {
  #error: PartitionAbortedError | undefined;
  #controller: AbortController | undefined;
  #listener: (() => void) | undefined;

  /** Why the function was told to stop; undefined where it was not. */
  get reason(): AbortReason | undefined {
    return this.#error?.reason;
  }

  /** What the signal fires with; undefined where it has not fired. */
  get error(): PartitionAbortedError | undefined {
    return this.#error;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#error !== undefined) this.#controller.abort(this.#error);
    }
    return this.#controller.signal;
  }

  /** Says what else happens at the order; at once where it was given already. */
  onGiven(listener: () => void): void {
    if (this.#error === undefined) this.#listener = listener;
    else listener();
  }

  /** Gives the order. A second one changes nothing. */
  give(reason: AbortReason): void {
    if (this.#error !== undefined) return;
    this.#error = new PartitionAbortedError(reason);
    this.#listener?.();
    this.#controller?.abort(this.#error);
  }
}
