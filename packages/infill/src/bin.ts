#!/usr/bin/env node
import module from "node:module";

// Keeps compiled code from one run to the next, where Node can (22.1 and newer).
if ("enableCompileCache" in module && typeof module.enableCompileCache === "function") {
  module.enableCompileCache();
}

const { lazyServices, processIo, runCli } = await import("@infill/cli");
const io = processIo();
const services = lazyServices(() => import("./index.ts"));
const exitCode = await runCli(process.argv.slice(2), io, services);
await io.flush();
// Whatever a project file has left open must not keep the command from ending.
process.exit(exitCode);
