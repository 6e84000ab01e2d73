export { type DoctorOptions, doctorOptionsSchema } from "./doctorOptions.ts";
export { type DoctorFinding, type DoctorReport } from "./doctorReport.ts";
export { runDoctor } from "./runDoctor.ts";
