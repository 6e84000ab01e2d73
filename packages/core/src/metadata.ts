/** A fact about a materialized partition: JSON, stored bounded (`maxMetadataBytes`). */
export type MetadataValue =
  | string
  | number
  | boolean
  | null
  | readonly MetadataValue[]
  | { readonly [name: string]: MetadataValue };

export type Metadata = { readonly [name: string]: MetadataValue };

/** Metadata beyond this many bytes of JSON is replaced by a note that says how long it was. */
export const maxMetadataBytes = 8_192;

/**
 * The JSON under which metadata is stored. What cannot be stored never fails a partition that succeeded: it is
 * replaced by `{"infill": "<why>"}`.
 *
 * @returns undefined where there is nothing to store
 */
export function metadataJson(metadata: unknown): string | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  let json: string | undefined;
  try {
    json = JSON.stringify(metadata);
  } catch (error) {
    return note(`metadata dropped: ${error instanceof Error ? error.message : "not JSON"}`);
  }
  if (json === undefined || json === "{}") return undefined;
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxMetadataBytes) return json;
  return note(`metadata dropped: ${bytes} bytes; expected at most ${maxMetadataBytes}`);
}

function note(text: string): string {
  return JSON.stringify({ infill: text.slice(0, 500) });
}
