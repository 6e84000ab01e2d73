import { InfillError } from "@infill/partitions";

/** A command line that asks for something that cannot be. */
export class CommandUsageError extends InfillError {
  readonly code = "INFILL_USAGE";
}

/** A question that nobody can be asked; the message names the flag that answers it. */
export class ConfirmationRequiredError extends InfillError {
  readonly code = "INFILL_CONFIRMATION_REQUIRED";
  readonly flag: string;

  constructor(question: string, flag: string) {
    super(`${question} needs an answer, and nobody can answer here. Use ${flag}.`);
    this.flag = flag;
  }
}

/** `--confirm` with another name than the one it has to repeat. */
export class ConfirmationMismatchError extends InfillError {
  readonly code = "INFILL_CONFIRMATION_MISMATCH";

  constructor(given: string, expected: string) {
    super(
      `"${given.slice(0, 80)}" is the wrong confirmation; expected "${expected}". Nothing was changed.`,
    );
  }
}

/** Text given as `@file` or on standard input that cannot be read. */
export class InputUnreadableError extends InfillError {
  readonly code = "INFILL_INPUT_UNREADABLE";

  constructor(source: string, problem: string) {
    super(`Cannot read ${source}: ${problem}.`);
  }
}

/** No `infill.config.ts` where one was expected. */
export class ProjectNotFoundError extends InfillError {
  readonly code = "INFILL_PROJECT_NOT_FOUND";
  readonly file: string;

  constructor(file: string, remedy: string) {
    super(`No project file ${file}: ${remedy}.`);
    this.file = file;
  }
}

/** A project file that cannot be loaded, or that exports no project. */
export class ProjectInvalidError extends InfillError {
  readonly code = "INFILL_PROJECT_INVALID";
  readonly file: string;

  constructor(file: string, problem: string, options?: { readonly cause?: unknown }) {
    super(`Cannot load the project ${file}: ${problem}`, options);
    this.file = file;
  }
}

/** A definition that its own package refused while the project file was loaded; it keeps that error's code. */
export class ProjectDefinitionError extends InfillError {
  readonly code: string;
  readonly file: string;

  constructor(file: string, cause: Error & { readonly code: string }) {
    super(`${cause.message} (in ${file})`, { cause });
    this.code = cause.code;
    this.file = file;
  }
}

/** A second `infill dev` in the directory of one that is running. */
export class DevRunningError extends InfillError {
  readonly code = "INFILL_DEV_RUNNING";
  readonly pid: number;

  constructor(pid: number, directory: string) {
    super(`infill dev is already running in ${directory} (process ${pid}). Stop it first.`);
    this.pid = pid;
  }
}

/** Neither redis-server nor valkey-server is on the PATH. */
export class RedisServerMissingError extends InfillError {
  readonly code = "INFILL_REDIS_SERVER_MISSING";

  constructor() {
    super(
      "infill dev needs redis-server or valkey-server on the PATH (apt-get install redis-server, brew install redis), " +
        "or the address of a running one in --redis-url or REDIS_URL.",
    );
  }
}

/** The Redis of `infill dev` did not come up, or ended by itself. */
export class RedisServerFailedError extends InfillError {
  readonly code = "INFILL_REDIS_SERVER_FAILED";

  constructor(problem: string, logFile: string) {
    super(`The Redis of infill dev ${problem}; its log is ${logFile}.`);
  }
}

/** A file or directory that a command has to write and cannot. */
export class FileUnwritableError extends InfillError {
  readonly code = "INFILL_FILE_UNWRITABLE";
  readonly file: string;

  constructor(file: string, cause: Error) {
    super(`Cannot write ${file}: ${reasonOf(cause)}.`, { cause });
    this.file = file;
  }
}

function reasonOf(error: Error): string {
  switch ("code" in error ? error.code : undefined) {
    case "EACCES":
    case "EPERM":
      return "permission denied; choose another directory or change its permissions";
    case "EROFS":
      return "the file system is read-only; choose another directory";
    case "ENOTDIR":
    case "EEXIST":
      return "a part of its path is a file, not a directory; choose another directory";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full";
    case "ENAMETOOLONG":
      return "the name is too long";
    default:
      return error.message;
  }
}

/** A file that `infill init` would have to overwrite. */
export class FileExistsError extends InfillError {
  readonly code = "INFILL_FILE_EXISTS";
  readonly file: string;

  constructor(file: string) {
    super(
      `${file} already exists. Choose another directory, or remove the file. Nothing was written.`,
    );
    this.file = file;
  }
}

/** A command that met a key of another type than its name says. */
export class WrongKeyTypeError extends InfillError {
  readonly code = "INFILL_STATE_UNREADABLE";

  constructor(options: { readonly cause: unknown }) {
    super(
      "The state in Redis is unreadable, because a key has another type than its name says: " +
        "`infill doctor` names the key, `infill doctor --fix` sets it aside.",
      options,
    );
  }
}
