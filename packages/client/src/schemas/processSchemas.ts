import { idTextSchema } from "./textSchemas.ts";

/** The input of `Workers`: a worker's id, or its beginning. The methods of `Planners` and `Pools` have no input. */
export const workerInputs = { id: idTextSchema } as const;
