import { project } from "infill";
import { airportDelays } from "./src/airportDelays.ts";
import { flights } from "./src/flights.ts";
import { networkSummary } from "./src/networkSummary.ts";
import { weeklyReport } from "./src/weeklyReport.ts";

export default project({
  namespace: "flights",
  assets: [flights, airportDelays, weeklyReport, networkSummary],
});
