import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

/** A profile of this process's processor time, written as a `.cpuprofile` file. */
export class ProcessorProfile {
  readonly #session = new Session();
  #file = "";

  async begin(file: string): Promise<string> {
    this.#file = file;
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.start");
    return "begun";
  }

  async end(): Promise<string> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    writeFileSync(this.#file, JSON.stringify(profile));
    return "written";
  }
}
