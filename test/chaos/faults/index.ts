import { carrierKilled } from "./carrierKilled.ts";
import type { Fault } from "../fault.ts";
import { allWorkersKilled } from "./allWorkersKilled.ts";
import { answersLost } from "./answersLost.ts";
import { connectionsKilled } from "./connectionsKilled.ts";
import { controlCrowd } from "./controlCrowd.ts";
import { definitionsChanged } from "./definitionsChanged.ts";
import { deploys } from "./deploys.ts";
import { dynamicKeysChanged } from "./dynamicKeysChanged.ts";
import { everythingGone } from "./everythingGone.ts";
import { fanInAndChain } from "./fanInAndChain.ts";
import { otherVersions } from "./otherVersions.ts";
import { loopBlocked } from "./loopBlocked.ts";
import { overlappingBackfills } from "./overlappingBackfills.ts";
import { partialBulk } from "./partialBulk.ts";
import { plannerGone } from "./plannerGone.ts";
import { plannerKilled } from "./plannerKilled.ts";
import { redisKilled } from "./redisKilled.ts";
import { redisRestarted } from "./redisRestarted.ts";
import { scriptsForgotten } from "./scriptsForgotten.ts";
import { submissionKilled, tickSubmittedTwice } from "./submissionKilled.ts";
import { twoPlanners } from "./twoPlanners.ts";
import { unreadableBackfill } from "./unreadableBackfill.ts";
import { vandalized } from "./vandalized.ts";
import { workerCutOff } from "./workerCutOff.ts";
import { workerFrozen } from "./workerFrozen.ts";
import { workerKilled } from "./workerKilled.ts";

/** All faults, in the order of their numbers. */
export const faults: readonly Fault[] = [
  workerKilled,
  allWorkersKilled,
  deploys,
  workerFrozen,
  loopBlocked,
  plannerKilled,
  twoPlanners,
  plannerGone,
  submissionKilled,
  tickSubmittedTwice,
  redisRestarted,
  redisKilled,
  everythingGone,
  connectionsKilled,
  scriptsForgotten,
  vandalized,
  answersLost,
  workerCutOff,
  partialBulk,
  definitionsChanged,
  dynamicKeysChanged,
  controlCrowd,
  overlappingBackfills,
  fanInAndChain,
  unreadableBackfill,
  otherVersions,
  carrierKilled,
];
