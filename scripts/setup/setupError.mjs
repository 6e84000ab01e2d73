/** Something that the person at the keyboard can put right: the message says how, a stack trace would not help. */
export class SetupError extends Error {}
