import { errorFingerprint, thrownErrors, wellFormed } from "@infill/core";

/** Most bytes of JSON that are kept of an error. */
const maxBytes = 8_000;
/** Most characters that are kept of one cause. */
const causeCharacters = 500;

/**
 * The stored form of a failure: JSON of a fingerprint, a name, a message, a stack and the causes,
 * at most 8 KB, for any thrown value. The fingerprint is computed from the innermost cause with its
 * whole message, of which only a part may be kept.
 */
export function errorNote(value: unknown): string {
  const { thrown, causes, innermost } = thrownErrors(value);
  const fingerprint = errorFingerprint(cut(innermost.name, 200), innermost.message);
  for (let most = maxBytes / 2; ; most = Math.floor(most / 2)) {
    const causeMost = Math.min(causeCharacters, most);
    const note = JSON.stringify({
      fingerprint,
      name: cut(thrown.name, 200),
      message: cut(thrown.message, most),
      stack: cut(thrown.stack, most),
      ...(causes.length === 0
        ? {}
        : {
            causes: causes.map(({ name, message, depth, via }) => ({
              name: cut(name, 100),
              message: cut(message, causeMost),
              depth,
              via,
            })),
            innermost: causes.indexOf(innermost),
          }),
    });
    if (Buffer.byteLength(note) <= maxBytes) return note;
  }
}

function cut(text: string, most: number): string {
  return text.length <= most
    ? text
    : wellFormed(`${text.slice(0, most)}… (${text.length} characters)`);
}
