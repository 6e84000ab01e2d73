export { type DoctorFinding, type DoctorOptions, type DoctorReport } from "./doctorReport.ts";
export { runDoctor } from "./runDoctor.ts";
