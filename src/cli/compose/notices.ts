/**
 * What a Compose file says that cannot be done as it says, each with its place: an error where something else would happen
 * than is meant, a warning where it does no harm. The same remark about several services is one line.
 */
import { type Place, placeText, type Tree } from './tree.ts';

export interface Notice {
  readonly severity: 'error' | 'warning';
  readonly at: Place;
  /** `ports`, `deploy.update_config.order` */
  readonly key: string;
  readonly reason: string;
}

export class Notices {
  readonly all: Notice[] = [];

  error(tree: Tree, key: string, reason: string): void {
    this.#add('error', tree, key, reason);
  }

  warning(tree: Tree, key: string, reason: string): void {
    this.#add('warning', tree, key, reason);
  }

  /** Once for one place, however many services take it from there. */
  #add(severity: Notice['severity'], { at }: Tree, key: string, reason: string): void {
    const isSame = (one: Notice): boolean =>
      one.key === key && one.reason === reason && placeText(one.at) === placeText(at);
    if (!this.all.some(isSame)) this.all.push({ severity, at, key, reason });
  }

  get hasErrors(): boolean {
    return this.all.some(({ severity }) => severity === 'error');
  }
}

/** Errors first; then in the order of the file. */
export function noticeLines(notices: readonly Notice[]): string[] {
  const sorted = [...notices].sort(
    (a, b) =>
      a.severity.localeCompare(b.severity) ||
      a.at.file.localeCompare(b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  );
  const same = Map.groupBy(sorted, ({ severity, key, reason, at }) =>
    [severity, at.file, key, reason].join('\n'),
  );
  return [...same.values()].map((group) => {
    const [{ severity, at, key, reason }] = group as [Notice];
    const more = group.slice(1).map(({ at: { line } }) => line);
    const others = more.length > 0 ? ` (also line ${more.join(', ')})` : '';
    return `${severity}: ${placeText(at)}: ${key}: ${reason}${others}`;
  });
}
