import { startPlanner } from "../../packages/planner/src/planner.ts";
import { startWorker } from "@infill/worker";
import { noopProject } from "../bench/processes/benchProject.ts";
const project = noopProject(process.env.NS!);
const redisUrl = process.env.REDIS_URL!;
const r =
  process.env.ROLE === "planner"
    ? await startPlanner({ project, redisUrl, log: console })
    : await startWorker({ project, redisUrl, concurrency: 50, log: console });
process.once("SIGTERM", () => void r.close().then(() => process.exit(0)));
console.log("ready");
