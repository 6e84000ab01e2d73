import { FileUnwritableError } from "./commandErrors.ts";

/**
 * Does what writes a file or directory.
 *
 * @throws FileUnwritableError where the system refuses; its `cause` is what the system said
 */
export function writing<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) throw new FileUnwritableError(file, error);
    throw error;
  }
}
