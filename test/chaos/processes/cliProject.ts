import { chaosProject } from "./chaosProject.ts";
import type { ChaosSettings } from "./chaosSettings.ts";

const { CHAOS } = process.env;
if (CHAOS === undefined) throw new Error("a scenario runs commands with this project");
// Written by the scenario that runs the command.
const project: ReturnType<typeof chaosProject> = chaosProject(JSON.parse(CHAOS) as ChaosSettings);

/** The project of a scenario, as the command finds it. */
// oxlint-disable-next-line import/no-default-export -- the form that the command reads
export default project;
