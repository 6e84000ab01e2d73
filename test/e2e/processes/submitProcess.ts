import { connect } from "@infill/client";
import { type EngineSettings, engineProject } from "./engineProject.ts";

/** Submits one backfill of the engine project and says its id, unless INFILL_CRASH_AT ends it before. */
const { ENGINE, REDIS_URL, SUBMISSION } = process.env;
if (ENGINE === undefined || REDIS_URL === undefined || SUBMISSION === undefined)
  throw new Error("a test starts this process");
// Both were written by the test that starts this process.
const settings = JSON.parse(ENGINE) as EngineSettings;
const client = await connect(engineProject(settings), { redisUrl: REDIS_URL });
const { id } = await client.backfills.create(
  JSON.parse(SUBMISSION) as Parameters<typeof client.backfills.create>[0],
);
console.log(`submitted ${id ?? "nothing"}`);
await client.close();
