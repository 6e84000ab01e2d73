import type { Evidence } from "./evidence.ts";
import type { InvariantId } from "./invariants/invariant.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";

/** One way to break things, in a file of its own under `faults/`; numbered as in the list of faults. */
export interface Fault {
  readonly id: string;
  /** What is done, in one line. */
  readonly what: string;
  /** What the scenario shows hold beside the invariants; ids of promises. */
  readonly promises: readonly string[];
  readonly invariants: readonly InvariantId[];
  /** What differs from the standard scenario. */
  readonly scenario?: (partitions: number) => Partial<Omit<ScenarioOptions, "seed" | "partitions">>;
  /**
   * Whether the rate of the independent asset is judged too: where a fault hits neither Redis nor its planner. Left out: it is
   * held to the other invariants alone.
   */
  readonly sparesIndependent?: true;
  /** What becomes of the backfills: they succeed, unless the fault says that they may end otherwise. */
  readonly outcome?: "any";
  /** Starts what the fault needs beside the scenario's processes, before anything is submitted. */
  prepare?(scenario: Scenario, isBaseline: boolean): Promise<void>;
  /** Submits what runs; left out: the diamond and the bystander. @returns the ids */
  submit?(scenario: Scenario): Promise<string[]>;
  /** Breaks things, from the moment when a quarter has ended, and returns when the fault is over. */
  inject(scenario: Scenario, ids: readonly string[]): Promise<void>;
  /** More than the invariants. @returns a sentence for each thing that is wrong */
  check?(evidence: Evidence): string[] | Promise<string[]>;
  /** Its own figures beside those of all faults, with the unit in the name. */
  figures?(evidence: Evidence): Record<string, number>;
}
