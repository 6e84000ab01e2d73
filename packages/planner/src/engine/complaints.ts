import { type Logger, messageOf } from "@infill/core";
import type { LogFacts } from "@infill/state";

/**
 * Lets the steps of a look go on after one that failed, and logs each failure once: again only when it is another one, or when
 * the step has succeeded in between.
 */
export class Complaints {
  readonly #log: Logger;
  /** The last failure of each step, by name. */
  readonly #known = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Does one step.
   *
   * @param name tells the step from all others
   * @param problem what the log says where it fails
   * @returns what it gave; undefined where it failed
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

  /** Logs a problem, unless the last one of that name was the same. */
  tell(name: string, problem: string, facts: LogFacts): void {
    const text = JSON.stringify([problem, facts]);
    if (this.#known.get(name) === text) return;
    this.#known.set(name, text);
    this.#log.warn(problem, facts);
  }
}
