/** What a task is given, and what it gives back with its end: the same as a plain program and as a container. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileIn, tarOf } from '../../src/agent/docker/tar.ts';
import { MAX_OUTPUT, type TaskSpec } from '../../src/core/task.ts';
import { needDocker, needLinux } from '../support/need.ts';
import { realStage } from './real-stage.ts';
import { container, script } from './stage.ts';

/** Read by the shell alone, as a job's command line is. */
const withLine = (spec: TaskSpec): TaskSpec =>
  spec.run.kind === 'process' ? { ...spec, run: { ...spec.run, asWritten: true } } : spec;

const ways: [string, boolean, (text: string) => TaskSpec][] = [
  ['a plain program', needLinux(), (text) => withLine(script(text))],
  ['a container', needDocker(), (text) => container(text)],
];

describe.each(ways)('%s', (_, isMissing, make) => {
  const task = (text: string, more: Partial<TaskSpec>): TaskSpec => ({ ...make(text), ...more });
  const stage = () => realStage(make('').run.kind === 'docker');

  it.skipIf(isMissing)('finds its payload as a variable and as a file, whatever is in it', async () => {
    const payload = 'two\n"lines" $HOME ä';
    const text =
      'test "$TENDER_PAYLOAD" = "$(cat "$TENDER_PAYLOAD_FILE")" && cat "$TENDER_PAYLOAD_FILE" > $TENDER_OUTPUT';
    const s = await stage();
    const spec = task(text, { payload, output: true });
    s.launch(spec);
    const [end] = await s.ends(spec);
    expect(end).toMatchObject({ state: 'FINISHED', output: payload });
  });

  it.skipIf(isMissing)('finds neither, where it was given nothing and nothing is asked for', async () => {
    const s = await stage();
    const spec = task('test "$TENDER_PAYLOAD$TENDER_PAYLOAD_FILE$TENDER_OUTPUT" = ""', {});
    s.launch(spec);
    const [end] = await s.ends(spec);
    expect(end).toMatchObject({ state: 'FINISHED' });
    expect(end).not.toHaveProperty('output');
  });

  it.skipIf(isMissing).each<[string, string, string | undefined]>([
    ['fails: also what it gave then', 'echo A=1 > $TENDER_OUTPUT; exit 3', 'A=1\n'],
    ['gives nothing', 'true', undefined],
    [
      'gives far too much: as much as there may be of its start',
      'yes | head -c 100000 > $TENDER_OUTPUT',
      'y\n'.repeat(MAX_OUTPUT / 2),
    ],
    ['has removed the file', 'rm -f $TENDER_OUTPUT', undefined],
  ])('that %s', async (__, text, output) => {
    const s = await stage();
    const spec = task(text, { output: true });
    s.launch(spec);
    const [end] = await s.ends(spec);
    expect(end?.output).toBe(output);
  });
});

describe('an archive of one file', () => {
  it.each([
    0, 1, 511, 512, 513, 16_384,
  ])('of %i bytes is what tar itself reads, and gives the file back', (size) => {
    const content = Buffer.alloc(size, 'x');
    const archive = tarOf('name', content, 0o640);
    expect(archive.length % 512).toBe(0);
    expect(fileIn(archive).equals(content)).toBe(true);
    const folder = mkdtempSync(join(tmpdir(), 'tender-tar-'));
    writeFileSync(join(folder, 'a.tar'), archive);
    const listed = execFileSync('tar', ['-tvf', join(folder, 'a.tar')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(listed).toMatch(new RegExp(`^-rw-r----- .* ${size} .*name\n$`));
  });
});
