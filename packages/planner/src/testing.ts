/** For the chaos scenarios: a planner whose options no user may give. */
export { startParsedPlanner } from "./engine/startPlanner.ts";
