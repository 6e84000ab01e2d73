import type { Evidence } from "../evidence.ts";

export type InvariantId =
  | "I1"
  | "I2"
  | "I3"
  | "I4"
  | "I5"
  | "I6"
  | "I7"
  | "I8"
  | "I9"
  | "I10"
  | "I11"
  | "I12"
  | "I13"
  | "I14"
  | "I15"
  | "I16";

/** Something that holds after every fault, judged by what is known from outside Redis and by what is in it. */
export interface Invariant {
  readonly id: InvariantId;
  /** What holds, as a sentence. */
  readonly says: string;
  /** @returns a sentence for each violation */
  check(evidence: Evidence): string[] | Promise<string[]>;
}
