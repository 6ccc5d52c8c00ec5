/**
 * `Intl.Segmenter` in the bundle (see ../bundle.ts): several libraries make one when they are loaded. The first of a process
 * takes some 15 ms, and a screen or a table of plain names never asks it for anything.
 */
const Segmenter = Reflect.get(Intl, 'Segmenter') as typeof Intl.Segmenter;

export class LazySegmenter {
  readonly #options: ConstructorParameters<typeof Intl.Segmenter>;
  #segmenter: Intl.Segmenter | undefined;

  constructor(...options: ConstructorParameters<typeof Intl.Segmenter>) {
    this.#options = options;
  }

  segment(text: string): Intl.Segments {
    this.#segmenter ??= new Segmenter(...this.#options);
    return this.#segmenter.segment(text);
  }
}
