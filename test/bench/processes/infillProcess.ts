import { startPlanner } from "@infill/planner";
import { startWorker } from "@infill/worker";
import { noopProject } from "./benchProject.ts";
import { settingOf } from "./settings.ts";

/** One planner or worker process of the no-op project. Says `ready`, and ends on SIGTERM. */
const project = noopProject(settingOf("BENCH_NAMESPACE"));
const redisUrl = settingOf("REDIS_URL");
const running =
  settingOf("BENCH_ROLE") === "planner"
    ? await startPlanner({ project, redisUrl })
    : await startWorker({ project, redisUrl, concurrency: Number(settingOf("BENCH_CONCURRENCY")) });
process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
console.log("ready");
