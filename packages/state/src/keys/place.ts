/** A chunk of a bit-plane, by lane. */
export interface Place {
  readonly lane: string;
  readonly chunk: number;
}

/** A place as text, to look it up by. */
export function placeName({ lane, chunk }: Place): string {
  return `${lane}:${chunk}`;
}
