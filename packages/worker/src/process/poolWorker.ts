import { type Job, type JobJson, Worker } from "bullmq";

/**
 * BullMQ's worker, for queues that others may have written to: a job that cannot be read reaches the processor with
 * `undefined` as its data, to be removed there. BullMQ's own fails to take it, and tries again for ever.
 */
export class PoolWorker extends Worker {
  protected override createJob(data: JobJson, jobId: string): Job {
    try {
      return super.createJob(data, jobId);
    } catch {
      const { id, name, timestamp } = data;
      const bare = { id, name, timestamp, data: "{}", opts: {}, progress: "0", attemptsMade: "0" };
      // What is left out stands for nothing, as in a job that was just added.
      const job = super.createJob(bare as unknown as JobJson, jobId);
      job.data = undefined;
      return job;
    }
  }
}
