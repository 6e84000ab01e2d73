import type { Redis } from "ioredis";

/**
 * The bytes of a hash's fields that were read as text: a damaged value need not be UTF-8, so its
 * text may differ from what Redis compares.
 *
 * @param fields each with its text as the caller read it; "" for none
 * @returns for each field its bytes, or the text if the field has changed since
 */
export async function storedBytes(
  redis: Redis,
  key: string,
  fields: readonly (readonly [field: string, text: string])[],
): Promise<(Buffer | string)[]> {
  if (fields.length === 0) return [];
  const found = await redis.hmgetBuffer(key, ...fields.map(([field]) => field));
  return fields.map(([, text], at) => {
    const bytes = found[at];
    return bytes?.toString() === text ? bytes : text;
  });
}
