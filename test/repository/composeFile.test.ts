import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docker-compose.yml", root), "utf8");

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const compose = parse(text) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);

test("the compose file has services and volumes, and nothing that old versions of compose refuse", () => {
  expect(Object.keys(compose).toSorted()).toEqual(["services", "volumes"]);
  expect(services.length).toBeGreaterThan(0);
});

test.each(services)(
  "service %s is an image with a version, on this machine's ports only",
  (_name, service) => {
    expect(service.image).toMatch(/^[\w./-]+:\d[\w.-]*$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  },
);

test.each(services)("every file and volume that service %s mounts exists", (_name, service) => {
  for (const volume of service.volumes ?? []) {
    const source = volume.split(":")[0] ?? "";
    const exists = source.startsWith(".")
      ? existsSync(new URL(source, root))
      : source in compose.volumes;
    expect(exists, source).toBe(true);
  }
});
