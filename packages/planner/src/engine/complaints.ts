import { type Logger, messageOf } from "@infill/core";
import type { LogFacts } from "@infill/state";

/**
 * Runs steps one by one so that a failed one does not stop the others. Logs a failure once: again
 * only if it differs, or if the step has succeeded in between.
 */
export class Complaints {
  readonly #log: Logger;
  /** The last failure of each step, by name. */
  readonly #known = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Runs one step.
   *
   * @param name identifies the step
   * @param problem the log message if it fails
   * @returns the step's value; undefined if it failed
   */
  async guard<T>(
    name: string,
    problem: string,
    step: () => Promise<T>,
    facts: LogFacts = {},
  ): Promise<T | undefined> {
    try {
      const answer = await step();
      this.#known.delete(name);
      return answer;
    } catch (error) {
      this.tell(name, problem, { ...facts, error: messageOf(error) });
      return undefined;
    }
  }

  /** Logs a problem, unless it equals the last one of that name. */
  tell(name: string, problem: string, facts: LogFacts): void {
    const text = JSON.stringify([problem, facts]);
    if (this.#known.get(name) === text) return;
    this.#known.set(name, text);
    this.#log.warn(problem, facts);
  }
}
