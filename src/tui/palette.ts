/**
 * What each style looks like: one accent, states in the colours everyone knows, all else quiet. Without colour
 * (`none`) only bold, dim and marks are left, so no page may say anything by colour alone.
 */
import type { Style } from './line.ts';

export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
}

export interface Palette {
  readonly name: ThemeName;
  readonly looks: Readonly<Record<Style, Look>>;
  /** The band under the cursor. */
  readonly band: Look & { readonly backgroundColor?: string };
}

export const THEMES = ['dark', 'light', 'ansi', 'none'] as const;
export type ThemeName = (typeof THEMES)[number];

const colours = (
  accent: string,
  held: string,
  rule: string,
  faint: string,
  good: string,
  busy: string,
  bad: string,
  who: readonly [string, string, string, string, string, string],
): Palette['looks'] => ({
  plain: {},
  strong: { bold: true },
  title: { color: faint },
  accent: { color: accent, bold: true },
  key: { color: accent },
  rule: { color: rule },
  faint: { color: faint },
  good: { color: good },
  busy: { color: busy },
  bad: { color: bad },
  used: { color: accent },
  held: { color: held },
  free: { color: rule },
  match: { inverse: true },
  who0: { color: who[0] },
  who1: { color: who[1] },
  who2: { color: who[2] },
  who3: { color: who[3] },
  who4: { color: who[4] },
  who5: { color: who[5] },
  chosen: { color: accent, bold: true, inverse: true },
  danger: { color: bad, inverse: true },
});

export const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  dark: {
    name: 'dark',
    looks: colours('#56b6c2', '#5a7a9a', '#4b5263', '#8b93a1', '#98c379', '#e5c07b', '#f07178', [
      '#56b6c2',
      '#d19a66',
      '#c678dd',
      '#98c379',
      '#61afef',
      '#e06c9f',
    ]),
    band: { backgroundColor: '#2c3a4a', color: '#ffffff', bold: true },
  },
  light: {
    name: 'light',
    looks: colours('#0b7285', '#7d9bb5', '#c0c6cf', '#6b7280', '#2b8a3e', '#b35c00', '#c92a2a', [
      '#0b7285',
      '#a65f00',
      '#862e9c',
      '#2b8a3e',
      '#1864ab',
      '#c2255c',
    ]),
    band: { backgroundColor: '#d3e6ee', color: '#000000', bold: true },
  },
  // The terminal's own sixteen: whatever scheme someone has chosen there, and all that an old terminal has.
  ansi: {
    name: 'ansi',
    looks: {
      ...colours('cyan', 'blue', 'gray', 'gray', 'green', 'yellow', 'red', [
        'cyan',
        'yellow',
        'magenta',
        'green',
        'blue',
        'red',
      ]),
      // In some schemes the eighth colour is that of the background: what has to be read is dim instead.
      faint: { dimColor: true },
      title: { dimColor: true },
    },
    band: { inverse: true },
  },
  none: {
    name: 'none',
    looks: {
      plain: {},
      strong: { bold: true },
      title: {},
      accent: { bold: true },
      key: { bold: true },
      rule: { dimColor: true },
      faint: { dimColor: true },
      good: {},
      busy: {},
      bad: { bold: true },
      used: {},
      held: {},
      free: { dimColor: true },
      match: { inverse: true },
      who0: {},
      who1: {},
      who2: {},
      who3: {},
      who4: {},
      who5: {},
      chosen: { bold: true, inverse: true },
      danger: { bold: true, inverse: true },
    },
    band: { inverse: true },
  },
};

type Environment = Readonly<Record<string, string | undefined>>;

const isTheme = (name: string | undefined): name is ThemeName =>
  name !== undefined && (THEMES as readonly string[]).includes(name);

/**
 * `NO_COLOR` wins, then what was wished for (`--theme`, else the settings), then `TENDER_THEME`, then what the terminal says of its
 * background. A terminal that has sixteen colours shows those, not others squeezed into them.
 * @param depth bits for a colour; unknown: as many as one likes
 */
export function themeOf(env: Environment, wished?: ThemeName, depth = 24): ThemeName {
  if (env['NO_COLOR']) return 'none';
  const background = env['COLORFGBG']?.split(';').at(-1);
  const own = background === '7' || background === '15' ? 'light' : 'dark';
  const theme = wished ?? (isTheme(env['TENDER_THEME']) ? env['TENDER_THEME'] : own);
  return depth <= 4 && theme !== 'none' ? 'ansi' : theme;
}
