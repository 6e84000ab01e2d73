/** BullMQ's lists of jobs, by the end of their key. Each is a Redis list. */
export const queueLists = ["wait", "active", "paused"] as const;

/** Jobs that wait for their turn, and for a time. Each is a sorted set. */
export const waitingSets = ["prioritized", "delayed"] as const;

/** All sorted sets of jobs, by the end of their key. */
export const queueSets = [...waitingSets, "completed", "failed", "waiting-children"] as const;
