import { messageOf } from "@infill/core";
import type { Discrepancy } from "@infill/state";

/**
 * Whether an error says that the server cannot answer now, or is gone: then a look at the rest is of no use.
 */
export function isOfServer(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(LOADING|READONLY|OOM|MISCONF|BUSY|CLUSTERDOWN|MASTERDOWN|EXECABORT|NOAUTH|NOPERM|Connection|connect|Reached the max)/.test(
      error.message,
    )
  );
}

/** Lets a look go on where one of its parts fails: what could not be looked at becomes a finding of its own. */
export class LookGuard {
  readonly found: Discrepancy[] = [];

  /**
   * Looks at one part.
   *
   * @param what names it in the finding: `claims of "orders"`
   * @returns `otherwise` where it failed
   */
  async look<T>(what: string, step: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (isOfServer(error)) throw error;
      this.found.push({
        check: "look_failed",
        detail: what,
        count: 1,
        problem: `The doctor could not look at ${what}: ${messageOf(error)}.`,
        remedy:
          "Mend what the other findings name, and run the doctor again; what a finding does not name was left as it is.",
      });
      return otherwise;
    }
  }
}
