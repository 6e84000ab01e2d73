import {
  backfillIdPattern,
  type BackfillSettings,
  backfillSettingsSchema,
  type BackfillStatus,
  backfillStatuses,
  backfillRequestSchema,
  settingsOfRequest,
} from "@infill/core";
import { InfillError } from "@infill/partitions";
import { z } from "zod";
import { dynamicRevisionsSchema } from "../dynamic/dynamicKeySets.ts";
import { type UnreadableField, UnreadableBackfillError } from "../redis/unreadableBackfill.ts";
import { storedInstantSchema } from "../redis/storedInstantOf.ts";
import { storedJson } from "../redis/unreadable.ts";

/** No backfill has this id. */
export class UnknownBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_UNKNOWN";
  readonly backfillId: string;

  constructor(backfillId: string) {
    const hint =
      backfillId === "latest"
        ? "there is none yet; `infill backfill create` makes one."
        : backfillIdPattern.test(backfillId)
          ? "`infill backfill list` lists the existing ones."
          : 'an id looks like "bf_01JD3K9V…"; `infill backfill list` shows those that exist.';
    super(`Unknown backfill "${backfillId.slice(0, 80)}": ${hint}`);
    this.backfillId = backfillId;
  }
}

/**
 * Accepted instants: years 1 to 2500. Beyond them an endless definition would have too many
 * partitions.
 */
const plannedMsSchema = z.number().min(-62_135_596_800_000).max(16_725_225_600_000);
/** Most assets of one backfill, and most characters of one JSON field, that are read. */
const mostAssets = 100_000;
const mostFieldText = 64_000_000;

const headerSchema = z.object({
  version: z.literal(1),
  request: backfillRequestSchema,
  /** In topological order. */
  assets: z.array(z.string().min(1).max(300)).min(1).max(mostAssets),
  /**
   * The moment of its plan, epoch milliseconds. Partitions that did not exist then are not in the
   * backfill.
   */
  plannedMs: plannedMsSchema,
  /** The revisions of dynamic keys at that moment; absent if nothing is dynamic. */
  dynamic: dynamicRevisionsSchema.optional(),
  /** The project that planned it; absent if an earlier version of Infill did. */
  project: z
    .object({
      fingerprint: z.string(),
      /** The versions of its assets, by name. */
      assets: z.record(z.string(), z.string()),
    })
    .optional(),
});

const raisedVersionsSchema = z.object({
  version: z.literal(1),
  /** The versions of its assets, by name. */
  assets: z.record(z.string(), z.string()),
});

/**
 * The versions of its assets from the fields of a backfill's hash, without the checks of `recordOf`:
 * what is unreadable or from an earlier version of Infill counts as absent.
 */
export function versionsInFields(
  values: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const stored = (name: string) => storedJson(values[name] ?? "");
  const header = headerSchema.pick({ project: true }).safeParse(stored("header"));
  const raised = raisedVersionsSchema.safeParse(stored("versions"));
  return latestVersions(header.data?.project?.assets, raised.data?.assets);
}

function latestVersions(
  planned: Readonly<Record<string, string>> = {},
  raised: Readonly<Record<string, string>> = {},
): Map<string, string> {
  return new Map([...Object.entries(planned), ...Object.entries(raised)]);
}

/** The record of a backfill's submission; only the rename of an asset changes it. */
export type BackfillHeader = z.output<typeof headerSchema>;

const pauseSchema = z.object({
  /** `drain`: running partitions end. `stop`: they are aborted. */
  mode: z.enum(["drain", "stop"]),
  /** When it resumes by itself, epoch milliseconds by Redis' clock. */
  untilMs: storedInstantSchema.optional(),
  /** For people. */
  reason: z.string(),
  /** What paused it. */
  cause: z.enum(["person", "budget", "canary", "definition"]).default("person"),
});

/** How a backfill is paused. */
export type BackfillPause = z.output<typeof pauseSchema>;

const progressSchema = z.object({
  version: z.literal(1),
  /** Whether the canary runs, has succeeded, or was waived by a user. */
  canary: z.enum(["running", "passed", "waived"]),
  /** Failures before the last resume, which budgets do not count. */
  failuresBefore: z.int().min(0),
  /** Time of the last resume, epoch milliseconds by Redis' clock; undefined if never. */
  resumedMs: storedInstantSchema.optional(),
});

/** The state of its canary and its budgets, beside the ledgers. */
export type BackfillProgress = z.output<typeof progressSchema>;

const storedSettingsSchema = z.object({
  version: z.literal(1),
  settings: backfillSettingsSchema,
});

export interface BackfillRecord {
  readonly id: string;
  readonly status: BackfillStatus;
  /** The request's settings with all later changes. */
  readonly settings: BackfillSettings;
  readonly progress: BackfillProgress;
  /**
   * The versions of its assets that its workers and planners need, or newer ones: those of its plan,
   * or of a newer project that has extended or restarted it since. Assets of unknown version are
   * absent.
   */
  readonly versions: ReadonlyMap<string, string>;
  /**
   * Rises by one with each change of status and each addition of partitions. An end decided at an
   * earlier revision is refused.
   */
  readonly revision: number;
  /** Set while it is paused. */
  readonly pause: BackfillPause | undefined;
  /**
   * Time of its alert for too many failures, epoch milliseconds by Redis' clock; undefined if it
   * had none.
   */
  readonly alertedMs: number | undefined;
  /** Epoch milliseconds, by Redis' clock. */
  readonly createdMs: number;
  readonly finishedMs: number | undefined;
  readonly header: BackfillHeader;
}

/**
 * Parses the fields of a backfill's hash.
 *
 * @throws UnreadableBackfillError with the first field that is unreadable
 */
export function recordOf(id: string, values: Readonly<Record<string, string>>): BackfillRecord {
  const header = parsed(id, values, "header", headerSchema);
  if (header === undefined)
    throw new UnreadableBackfillError(id, { field: "header", reason: "is missing" });
  const status = backfillStatuses.find((known) => known === values["status"]);
  if (status === undefined) {
    const text = values["status"];
    const reason = text === undefined ? "is missing" : "is unknown to this version";
    throw new UnreadableBackfillError(id, field("status", reason, text));
  }
  const createdMs = countIn(id, values, "created");
  if (createdMs === undefined)
    throw new UnreadableBackfillError(id, { field: "created", reason: "is missing" });
  // Transitions count on from what is left where these hold text, so numbers may be given twice.
  for (const name of ["logged", "summaries"]) countIn(id, values, name);
  const raised = parsed(id, values, "versions", raisedVersionsSchema);
  const versions = latestVersions(header.project?.assets, raised?.assets);
  const assets = new Set(header.assets);
  // A renamed asset leaves its old name in the raised versions.
  for (const name of versions.keys()) if (!assets.has(name)) versions.delete(name);
  return {
    id,
    settings:
      parsed(id, values, "settings", storedSettingsSchema)?.settings ??
      settingsOfRequest(header.request),
    progress: parsed(id, values, "progress", progressSchema) ?? {
      version: 1,
      canary: "running",
      failuresBefore: 0,
    },
    versions,
    status,
    revision: countIn(id, values, "revision") ?? 0,
    pause: parsed(id, values, "pause", pauseSchema),
    alertedMs: countIn(id, values, "alerted"),
    createdMs,
    finishedMs: countIn(id, values, "finished"),
    header,
  };
}

/** Parses a field that holds JSON. @returns undefined if it is absent */
function parsed<S extends z.ZodType>(
  id: string,
  values: Readonly<Record<string, string>>,
  name: string,
  schema: S,
): z.output<S> | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (text.length > mostFieldText)
    throw new UnreadableBackfillError(id, field(name, "is too long", text));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnreadableBackfillError(id, field(name, "is not JSON", text));
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  const reason = `has another form than expected${at} (${issue?.message ?? "unknown"})`;
  throw new UnreadableBackfillError(id, field(name, reason, text));
}

/** Parses a field that holds an integer from 0. @returns undefined if it is absent */
function countIn(
  id: string,
  values: Readonly<Record<string, string>>,
  name: string,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UnreadableBackfillError(id, field(name, "is not a number", text));
}

function field(name: string, reason: string, text: string | undefined): UnreadableField {
  return {
    field: name,
    reason,
    ...(text === undefined ? {} : { text }),
  };
}
