import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { isRunning } from "./isRunning.ts";
import { spawnNode } from "./spawnNode.ts";

const run = (input: string, env = {}) => spawnNode("-", ["one", "two"], { input, env });

test("arguments, environment and both outputs go through", async () => {
  const child = run(
    `console.log(process.argv.slice(2).join(), process.env.COLOR); console.error("and this");`,
    { COLOR: "teal" },
  );
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("one,two teal\n");
  expect(child.stderr).toBe("and this\n");
});

test("a line is found before and after it is written, and its absence is told with the output", async () => {
  const child = run(`setTimeout(() => console.log("ready on 7"), 20);`);
  expect(await child.waitForLine(/^ready on \d/)).toBe("ready on 7");
  expect(await child.waitForLine("ready")).toBe("ready on 7");
  await expect(child.waitForLine("done")).rejects.toThrow(
    /The process ended \(0\) without done\nready on 7/,
  );
});

test("a signal reaches the process, and the exit says which one it was", async () => {
  const child = run(`console.log("up"); setInterval(() => {}, 1000);`);
  await child.waitForLine("up");
  expect(child.kill("SIGKILL")).toBe(true);
  expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
  expect(child.kill("SIGKILL")).toBe(false);
});

test("stopping asks first, and ends a stubborn process with its children by force", async () => {
  const child = run(`
    const { spawn } = require("node:child_process");
    process.on("SIGTERM", () => console.log("no"));
    const own = spawn("sleep", ["60"], { stdio: "inherit" });
    console.log("child " + own.pid);
    setInterval(() => {}, 1000);`);
  const pid = Number((await child.waitForLine(/^child /)).split(" ")[1]);
  expect(await child.stop({ timeoutMs: 100 })).toEqual({ code: null, signal: "SIGKILL" });
  expect(child.stdout).toContain("no\n");
  await eventually(() => !isRunning(pid));
});
