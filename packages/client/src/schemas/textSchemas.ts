import { z } from "zod";

/** The id of a backfill, a worker or a delivery, at most 1,000 characters. Its reader reports an unknown id. */
export const idTextSchema = z.string().max(1_000);

/** The name of an asset or a dynamic definition, at most 1,000 characters. Its reader reports an unknown name. */
export const nameTextSchema = z.string().max(1_000);

/** The key of a partition, at most 65,536 characters. */
export const keyTextSchema = z.string().max(65_536);

/** Text that selects partitions or assets, at most 65,536 characters. Its parser reports errors in it. */
export const selectionTextSchema = z.string().max(65_536);
