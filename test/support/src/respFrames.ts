const CR = 0x0d;

/** Where the frame that begins at `start` ends (exclusive), or -1 if more bytes are needed. */
function frameEnd(bytes: Buffer, start: number): number {
  let lineEnd = bytes.indexOf(CR, start);
  if (lineEnd === -1 || lineEnd + 1 >= bytes.length) return -1;
  const length = Number(bytes.toString("latin1", start + 1, lineEnd));
  lineEnd += 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case "$":
    case "=":
    case "!": {
      const end = length < 0 ? lineEnd : lineEnd + length + 2;
      return end <= bytes.length ? end : -1;
    }
    case "*":
    case "~":
    case ">":
      return framesEnd(bytes, lineEnd, length);
    case "%":
      return framesEnd(bytes, lineEnd, 2 * length);
    case "|":
      // An attribute belongs to the frame that follows it.
      return framesEnd(bytes, lineEnd, 2 * length + 1);
    default:
      // A number, a status, an error, a null, a boolean; or a command typed in plain text.
      return lineEnd;
  }
}

function framesEnd(bytes: Buffer, start: number, count: number): number {
  let end = start;
  for (let frame = 0; frame < count && end !== -1; frame++) end = frameEnd(bytes, end);
  return end;
}

/**
 * Cuts one direction of a Redis connection (RESP 2 or 3) into whole commands, or whole replies.
 *
 * @returns a function that takes the next bytes and gives the frames that are complete now
 */
export function respFrames(): (chunk: Buffer) => Buffer[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const frames: Buffer[] = [];
    let start = 0;
    while (start < pending.length) {
      const end = frameEnd(pending, start);
      if (end === -1) break;
      frames.push(pending.subarray(start, end));
      start = end;
    }
    pending = pending.subarray(start);
    return frames;
  };
}

/** Whether a frame from the server answers a command; what it pushes by itself (RESP 3) does not. */
export function isReply(frame: Buffer): boolean {
  return frame[0] !== ">".charCodeAt(0);
}
