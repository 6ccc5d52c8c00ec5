/**
 * What is set aside on this machine by the master's word: dynamic reservations, and persistent volumes with their
 * folders. A conversion is written down first, with the folders that are still to come or to go; then they come and
 * go; then that is crossed out. So a new agent knows what an old one had left undone, and nothing else is ever made or
 * deleted: a volume whose folder was lost is missing, and not replaced by an empty one.
 */
import { causeOf, TenderError } from '../core/errors.ts';
import { add, equals, isEmpty, type Resources, subtract } from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';
import type { TaskSpec } from '../core/task.ts';
import { Turns } from '../core/turns.ts';
import type { Checkpoint, HoldingsRecord } from './checkpoint.ts';
import { converted, heldOf, missingFrom, shortageOf, totalOf } from './conversion.ts';
import type { Report } from './executor.ts';
import { isSame, placeOf, type VolumePlace, type Volumes, volumesIn } from './volumes.ts';

export interface HoldingsOptions {
  /** What the machine has by its configuration. */
  readonly measured: Resources;
  readonly checkpoint: Checkpoint;
  readonly volumes: Volumes;
  readonly trouble: (error: unknown) => void;
}

const without = (places: readonly VolumePlace[], others: readonly VolumePlace[]): VolumePlace[] =>
  places.filter((place) => !others.some((other) => isSame(place, other)));

export class Holdings {
  readonly #options: HoldingsOptions;
  #record: HoldingsRecord;
  /** One conversion after the other. */
  readonly #turns = new Turns();

  constructor(options: HoldingsOptions) {
    this.#options = options;
    this.#record = options.checkpoint.holdings;
  }

  /** All that the machine has, as it is set aside now. */
  get total(): Resources {
    return totalOf(this.#options.measured, this.#record.held);
  }

  /** What is set aside but not there any more: the machine has less than it had. */
  get shortage(): Resources {
    return shortageOf(this.#options.measured, this.#record.held);
  }

  /** Does what a former agent had only written down. */
  async resume(): Promise<void> {
    await this.#turns.take(() => this.#finish()).catch(this.#options.trouble);
    this.#purge();
  }

  /** Makes and removes the folders with which that could not be done, once more: that has been said, and may be over. */
  retry(): void {
    const { coming, leaving } = this.#record;
    if (this.#turns.left > 0 || coming.length + leaving.length === 0) return;
    this.#turns
      .take(() => this.#finish(() => {}))
      .then(
        () => this.#purge(),
        () => {},
      );
  }

  /** Resolves when no conversion is under way. */
  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /**
   * `from`, a part of the total, becomes `to`.
   * @returns whether the total is now what it was, without `from` and with `to`: not so where there is a shortage
   * @throws TenderError `resources.conversion`, `state.write`; then nothing has changed
   */
  convert(from: Resources, to: Resources): Promise<boolean> {
    return this.#turns.take(() => this.#convert(from, to));
  }

  async #convert(from: Resources, to: Resources): Promise<boolean> {
    const before = this.total;
    const { held, coming, leaving } = this.#record;
    const next = converted(this.#options.measured, held, { from, to });
    const [old, now] = [volumesIn(held), volumesIn(next)];
    const gone = without(old, now);
    await this.#write({
      held: next,
      coming: [...without(coming, gone), ...without(now, old)],
      leaving: [...leaving, ...gone],
    });
    await this.#finish().catch(this.#options.trouble);
    if (gone.length > 0) this.#purge();
    return equals(this.total, add(subtract(before, from), to));
  }

  /** Why the task can't have what its spec speaks of; undefined if it can. */
  async refusal(spec: TaskSpec): Promise<Report | undefined> {
    const { held, coming } = this.#record;
    const unknown = (message: string): Report => ({ state: 'FAILED', reason: 'resources_unknown', message });
    const missing = missingFrom(held, heldOf(spec.resources));
    if (!isEmpty(missing)) return unknown(`this agent does not have ${formatResources(missing)}`);
    for (const volume of spec.volumes.filter(({ persistent }) => persistent)) {
      const name = `volume ${volume.source}`;
      const place = placeOf(spec, volume);
      if (!place)
        return { state: 'ERROR', reason: 'invalid_task', message: `${name} is not among its resources` };
      const folder = this.#options.volumes.folder(place);
      try {
        const isThere =
          !coming.some((other) => isSame(place, other)) && (await this.#options.volumes.has(place));
        if (!isThere) return unknown(`the folder of ${name} is missing: ${folder}`);
      } catch (error) {
        return unknown(`the folder of ${name} can't be looked at: ${causeOf(error)}`);
      }
    }
    return undefined;
  }

  async #write(record: HoldingsRecord): Promise<void> {
    await this.#options.checkpoint.holds(record);
    this.#record = record;
  }

  /** @param trouble told of each folder with which it cannot be done */
  async #finish(trouble = this.#options.trouble): Promise<void> {
    const { volumes } = this.#options;
    const { held, coming, leaving } = this.#record;
    if (coming.length + leaving.length === 0) return;
    const stay = await this.#failing(leaving, 'removed', trouble, (place) => volumes.remove(place));
    // In the folder of a former volume of that name there would be its data.
    const free = without(coming, stay);
    const missing = await this.#failing(free, 'made', trouble, (place) => volumes.make(place));
    await this.#write({ held, coming: [...without(coming, free), ...missing], leaving: stay });
  }

  /** Beside all else: nobody waits until a large volume is deleted. */
  #purge(): void {
    const { measured, volumes, trouble } = this.#options;
    volumes.purge([undefined, ...measured.flatMap(({ disk }) => disk?.source ?? [])]).catch(trouble);
  }

  /** @returns those places with which it could not be done */
  async #failing(
    places: readonly VolumePlace[],
    done: string,
    trouble: (error: unknown) => void,
    work: (place: VolumePlace) => Promise<void>,
  ): Promise<VolumePlace[]> {
    const failed: VolumePlace[] = [];
    for (const place of places) {
      try {
        await work(place);
      } catch (error) {
        failed.push(place);
        const folder = this.#options.volumes.folder(place);
        trouble(new TenderError('volume.folder', { folder, id: place.id, done, cause: causeOf(error) }));
      }
    }
    return failed;
  }
}
