/** What the methods of the client take, without the client: the command reads the ranges of its options here before it connects. */
export { backfillInputs } from "./schemas/backfillSchemas.ts";
export { pageOptionsSchema } from "./schemas/pageSchemas.ts";
