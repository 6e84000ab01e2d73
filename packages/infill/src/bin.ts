#!/usr/bin/env node
import { lazyServices, processIo, runCli } from "@infill/cli";

const io = processIo();
const exitCode = await runCli(
  process.argv.slice(2),
  io,
  lazyServices(() => import("./index.ts")),
);
await io.flush();
// Whatever a project file has left open must not keep the command from ending.
process.exit(exitCode);
