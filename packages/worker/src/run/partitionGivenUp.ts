import { InfillError } from "@infill/partitions";

/** The process died too often while the partition's function ran. */
export class ProcessDiedError extends InfillError {
  readonly code = "INFILL_PROCESS_DIED";
  readonly deaths: number;

  constructor(deaths: number) {
    super(
      `The process that ran this partition died ${deaths} times: it was killed, crashed, froze, or did not reach Redis until the ` +
        "partition started elsewhere. The partition will not start again (maxProcessDeaths). Look at the worker's memory and its last output.",
    );
    this.deaths = deaths;
  }
}

/** The worker lived and lost its claim on the partition too often. */
export class ClaimLapsedError extends InfillError {
  readonly code = "INFILL_CLAIM_LAPSED";
  readonly lapses: number;

  /** @param last the reason of the last lapse, if it is known */
  constructor(lapses: number, last: string | undefined) {
    super(
      `The worker that ran this partition lost its claim ${lapses} times while its process lived` +
        `${last === undefined ? "" : `; the last time ${last}`}. It will not start again (maxLapses). Let its function ` +
        "await now and then during a long computation, or raise maxBlockedMs or leaseMs.",
    );
    this.lapses = lapses;
  }
}
