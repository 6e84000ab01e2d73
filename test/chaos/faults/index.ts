import type { Fault } from "../fault.ts";
import { workerKilled } from "./workerKilled.ts";

/** All faults, in the order of their numbers. */
export const faults: readonly Fault[] = [workerKilled];
