/** What the doctor takes, without the doctor: the command reads the ranges of its options here before it connects. */
export { doctorOptionsSchema } from "./doctorOptions.ts";
