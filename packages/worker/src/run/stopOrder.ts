import { type AbortReason, PartitionAbortedError } from "./partitionAbortedError.ts";

/**
 * Tells one partition's function to stop, at most once. Creates the AbortSignal when the function
 * reads it: most never do, and creating one takes longer than requesting a claim.
 */
export class StopOrder {
  #error: PartitionAbortedError | undefined;
  #controller: AbortController | undefined;
  #listener: (() => void) | undefined;

  /** Why the function was told to stop; undefined if it was not. */
  get reason(): AbortReason | undefined {
    return this.#error?.reason;
  }

  /** The reason of the signal; undefined if the signal has not fired. */
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

  /** Adds a listener for the order; calls it at once if the order was given already. */
  onGiven(listener: () => void): void {
    if (this.#error === undefined) this.#listener = listener;
    else listener();
  }

  /** Gives the order. A second order changes nothing. */
  give(reason: AbortReason): void {
    if (this.#error !== undefined) return;
    this.#error = new PartitionAbortedError(reason);
    this.#listener?.();
    this.#controller?.abort(this.#error);
  }
}
