import { type Project, versionsOf } from "@infill/core";
import {
  inspectAssets,
  inspectProject,
  registerAsset,
  type RegisteredAssets,
  registerVersions,
  type StateStore,
} from "@infill/state";

/**
 * The assets of a client's project as Redis has them. Reading registers nothing; call `register`
 * before creating state.
 */
export class ProjectAssets {
  /** By name. Changes in place, so that all its holders see later changes. */
  readonly known: RegisteredAssets;
  readonly #store: StateStore;
  readonly #project: Project;
  #isAnnounced = false;

  private constructor(store: StateStore, project: Project, known: RegisteredAssets) {
    this.#store = store;
    this.#project = project;
    this.known = known;
  }

  /** Reads every asset. */
  static async open(store: StateStore, project: Project): Promise<ProjectAssets> {
    return new ProjectAssets(store, project, await inspectProject(store, project));
  }

  /** Reads those again that were not registered or did not fit. */
  async refresh(): Promise<void> {
    const unsure = Array.from(this.#project.graph.assets.values()).filter(({ name }) => {
      const known = this.known.get(name);
      return known === undefined || known.isProvisional === true;
    });
    if (unsure.length > 0) await inspectAssets(this.#store, unsure, this.known);
  }

  /**
   * Makes the next use of an asset read it again, because its state was deleted or moved. Until
   * then nothing can be written with it.
   */
  forget(name: string): void {
    const known = this.known.get(name);
    if (known !== undefined) this.known.set(name, { ...known, epoch: "", isProvisional: true });
  }

  /**
   * Registers assets before state is written about them.
   *
   * @param names the project's assets among them are registered
   * @returns whether a registration differs from what was known here
   * @throws DefinitionChangedError, AssetChangingError
   */
  async register(names: Iterable<string>): Promise<boolean> {
    let hasChanged = false;
    for (const name of names) {
      const asset = this.#project.graph.assets.get(name);
      const before = this.known.get(name);
      if (asset === undefined || (before !== undefined && before.isProvisional !== true)) continue;
      const registered = await registerAsset(this.#store, asset);
      this.known.unfit.delete(name);
      this.known.set(name, registered);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Registers the project's versions. Call it before a backfill of this project is created. */
  async announce(): Promise<void> {
    if (this.#isAnnounced) return;
    await registerVersions(this.#store, versionsOf(this.#project), "plan");
    this.#isAnnounced = true;
  }
}
