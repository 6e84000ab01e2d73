/** What the runner hands to a scenario. */
export interface ScenarioOptions {
  /** A server that nobody else uses while the scenario runs, unless the user named one in `REDIS_URL`. */
  readonly redisUrl: string;
  /** What follows the scenarios' names on the command line, without the runner's own options. */
  readonly args: readonly string[];
  /** Prints a line for people, never on the stream that carries the metrics. */
  readonly log: (line: string) => void;
}

/**
 * One measurement, in a file of its own: `test/bench/<name>.ts` exports it as `scenario`, and
 * `npm run bench -- <name>` runs it.
 */
export interface Scenario {
  /** As the file. */
  readonly name: string;
  /** One line for the list of scenarios, its own arguments included. */
  readonly description: string;
  /** @returns finite numbers by name, with the unit in the name: `infillPerSecond`, `firstPartitionMs`, `ratio` */
  run(options: ScenarioOptions): Promise<Record<string, number>>;
}
