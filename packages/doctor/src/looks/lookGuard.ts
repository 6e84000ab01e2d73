import { messageOf } from "@infill/core";
import type { Discrepancy } from "@infill/state";

/**
 * Whether an error says that the server cannot answer now or is gone, so that other checks would
 * fail too.
 */
export function isOfServer(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(LOADING|READONLY|OOM|MISCONF|BUSY|CLUSTERDOWN|MASTERDOWN|EXECABORT|NOAUTH|NOPERM|Connection|connect|Reached the max)/.test(
      error.message,
    )
  );
}

/** Lets other checks continue after one has failed: the failed check becomes a finding. */
export class LookGuard {
  readonly found: Discrepancy[] = [];

  /**
   * Runs one check.
   *
   * @param what its name in the finding: `claims of "orders"`
   * @returns `otherwise` if it failed
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
        remedy: "Repair the other findings and run the doctor again; nothing else was changed.",
      });
      return otherwise;
    }
  }
}
