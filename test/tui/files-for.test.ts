/** `:up` and the files it may be said of, in a real folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { complete } from '../../src/tui/complete.ts';
import { filesFor } from '../../src/tui/files-for.ts';
import { contextOf } from '../../src/tui/paint.ts';
import { reduce } from '../../src/tui/reduce.ts';
import { startUi, type Ui } from '../../src/tui/ui.ts';
import { homeCluster } from '../support/cluster-fixture.ts';
import { sceneOf, typing } from '../support/play.ts';

const folder = mkdtempSync(join(tmpdir(), 'tender-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'jobs', 'more'), { recursive: true });
mkdirSync(join(folder, '.git'));
for (const name of ['jobs/web.yaml', 'jobs/db.yml', 'jobs/notes.txt', 'jobs/.old.yaml', 'compose.yaml'])
  writeFileSync(join(folder, name), '');

const here = (start: string): string[] =>
  filesFor(`${folder}/${start}`).map((path) => path.slice(folder.length + 1));

it('files that may hold jobs are found, and folders; hidden ones where a dot is typed', () => {
  expect(here('')).toEqual(['compose.yaml', 'jobs/']);
  expect(here('.')).toEqual(['.git/']);
  expect(here('jobs/')).toEqual(['jobs/db.yml', 'jobs/more/', 'jobs/web.yaml']);
  expect(here('jobs/w')).toEqual(['jobs/web.yaml']);
  expect(here('nowhere/')).toEqual([]);
});

it('tab goes into a folder that is the only one, and then from one of its files to the next', () => {
  const client = homeCluster();
  const press = (ui: Ui, key: string): Ui =>
    reduce(ui, key, { ...contextOf(sceneOf(client, ui)), files: filesFor }).ui;
  let ui = [':', ...typing(`up ${folder}/j`)].reduce(press, startUi());
  const typed: string[] = [];
  for (let i = 0; i < 3; i++) {
    ui = press(ui, 'tab');
    typed.push(ui.prompt!.text.slice(`up ${folder}/`.length));
  }
  expect(typed).toEqual(['jobs/', 'jobs/db.yml', 'jobs/more/']);
});

it('without a way to files nothing is completed', () => {
  expect(complete('up ', contextOf(sceneOf(homeCluster(), startUi())))).toEqual([]);
});
