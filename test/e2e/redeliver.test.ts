import { createServer, type Server } from "node:http";
import { eventually } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

/** Longer than a busy machine needs. */
const patient = { timeoutMs: 60_000 };
const received: { readonly delivery: string; readonly body: string }[] = [];
let status = 503;
let server: Server;
let project: CommandProject;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ delivery: String(request.headers["infill-delivery"]), body });
      response.statusCode = status;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  project = commandProject(`
import { asset, daily, project } from "infill";

const days = asset({ name: "days", partitions: daily({ start: "2024-01-01", end: "2024-01-04" }), materialize() {} });
export default project({
  namespace: "NAMESPACE",
  assets: [days],
  webhooks: [{ url: "http://127.0.0.1:${address.port}/", maxAttempts: 2 }],
});
`);
  await project.start(["planner", "start"]).waitForLine("planner ready");
});
afterAll(async () => {
  await project.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a receiver that was down for all attempts gets its summaries when it is up again and somebody says so", async () => {
  const ids: string[] = [];
  for (const _ of [1, 2]) {
    const created = await project.json(["backfill", "create", "days"]);
    ids.push(String(created["id"]));
    await project.run(["backfill", "cancel", String(created["id"]), "--yes"]);
  }
  const deliveries = async () => {
    const { items } = await project.json(["backfill", "deliveries", "--json"]);
    return Array.isArray(items) ? items : [];
  };
  const isParked = async () => (await deliveries()).filter((one) => one.status === "parked");
  await eventually(async () => (await isParked()).length === 2, patient);
  expect(received.map(({ delivery }) => delivery).sort()).toEqual(
    ids.flatMap((id) => [`${id}-1`, `${id}-1`]).sort(),
  );

  const unknown = await project.run(["backfill", "redeliver", `${ids[0]}-7`, "--json"]);
  expect(unknown.exitCode).toBe(3);
  expect(unknown.stderr).toContain("INFILL_DELIVERY_UNKNOWN");
  const dry = await project.json(["backfill", "redeliver", "--all", "--dry-run"]);
  expect(dry["deliveries"]).toHaveLength(2);
  expect(await isParked()).toHaveLength(2);

  status = 204;
  received.length = 0;
  const first = await project.json([
    "backfill",
    "redeliver",
    `${ids[1]}-1`,
    "--reason",
    "it is up",
  ]);
  expect(first).toMatchObject({
    type: "redelivered",
    deliveries: [{ deliveryId: `${ids[1]}-1`, backfillId: ids[1], attempts: 2 }],
  });
  await eventually(() => received.length === 1, patient);
  expect(received[0]?.delivery).toBe(`${ids[1]}-1`);
  await project.run(["backfill", "redeliver", "--all", "--yes"]);
  await eventually(async () => (await deliveries()).length === 0, patient);
  expect(received.map(({ delivery }) => delivery)).toEqual([`${ids[1]}-1`, `${ids[0]}-1`]);
  expect(JSON.parse(received[1]?.body ?? "")).toMatchObject({ backfillId: ids[0], sequence: 1 });
  const log = await project.run(["backfill", "events", ids[1] ?? ""]);
  expect(log.stdout).toMatch(
    /delivery_parked[^]*delivery_requested +tester[^\n]*it is up\n[^]*delivered/,
  );
});
