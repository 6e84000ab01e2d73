import { z } from "zod";
import type { Logger } from "../process/logger.ts";
import { isProject, type Project } from "./project.ts";

/** The options that planners and workers share. */
export const processOptions = {
  project: z.custom<Project>(isProject, "expected what project({ … }) returns"),
  /** `redis://`, `rediss://` or `unix://`. */
  redisUrl: z.string(),
  /** Default: nothing is logged. */
  log: z
    .custom<Logger>(
      (value) => typeof value === "object" && value !== null,
      "expected an object with info, warn and error",
    )
    .optional(),
} as const;
