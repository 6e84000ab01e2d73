import { type Job, type JobJson, Worker } from "bullmq";

/**
 * BullMQ's worker, hardened for queues with foreign writes. A job with unreadable data reaches the
 * processor with `undefined` as its data and is removed there. BullMQ itself would fail to take it
 * and try again for ever.
 */
export class PoolWorker extends Worker {
  protected override createJob(data: JobJson, jobId: string): Job {
    try {
      return super.createJob(data, jobId);
    } catch {
      const { id, name, timestamp } = data;
      const bare = { id, name, timestamp, data: "{}", opts: {}, progress: "0", attemptsMade: "0" };
      // Absent fields get the values of a newly added job.
      const job = super.createJob(bare as unknown as JobJson, jobId);
      job.data = undefined;
      return job;
    }
  }
}
