import { type Job, type JobJson, Worker } from "bullmq";

/**
 * BullMQ's worker, hardened for queues with foreign writes, and for a pause. A job with unreadable data reaches the
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

  /**
   * Takes nothing while paused. BullMQ checks that only before it waits for a job, so a draining
   * worker would take the job that it has just given back.
   */
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    // BullMQ answers the same when the queue is empty; its type leaves that out.
    if (this.isPaused()) return undefined as unknown as Job;
    return super.moveToActive(token, name);
  }
}
