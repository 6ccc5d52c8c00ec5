/**
 * `npm run binary`: makes dist/tender, the whole program in one file, for machines like this one: Node without its
 * symbols, the bundles as assets of it, and zeromq's native addon. Then says how big it is, and how quickly it starts.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { bundleProgram, MODULES } from '../bundle.ts';
import { pluginsIn } from '../src/framework/host.ts';
import { ADDON } from '../src/wire/addon.ts';
import { load, measure, type Start } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const isQuiet = process.argv.includes('--quiet');
const [output = join(ROOT, 'dist', 'tender')] = process.argv.slice(2).filter((word) => !word.startsWith('-'));

const started = performance.now();
const work = mkdtempSync(`${output}.`);

/** In the places where the program looks for them. */
async function bundles(): Promise<void> {
  await bundleProgram({ outdir: join(work, 'dist'), plugins: [addonFromAsset] });
  await build({
    ...MODULES,
    entryPoints: Object.fromEntries(
      pluginsIn(join(ROOT, 'plugins')).map((folder) => [
        relative(ROOT, join(folder, 'index')),
        join(folder, 'index.ts'),
      ]),
    ),
    outdir: work,
    external: ['tender/framework'],
  });
  writeFileSync(join(work, 'dist', 'start.js'), "void import('./main.js');\n");
}

/** The package finds its addon by looking around in its folder. */
const addonFromAsset: Plugin = {
  name: 'addon from asset',
  setup({ onLoad }) {
    onLoad({ filter: /zeromq\/lib\/load-addon\.js$/ }, () => ({
      contents: "exports.__esModule = true; exports.default = require('./addon.ts').loadAddon();",
      resolveDir: join(ROOT, 'src', 'wire'),
    }));
  },
};

async function entrance(): Promise<string> {
  const outfile = join(work, 'enter.mjs');
  await build({ ...MODULES, entryPoints: [join(ROOT, 'binary', 'enter.ts')], outfile });
  return outfile;
}

/** By their paths in the program's folder. */
function parts(): Record<string, string> {
  const files = ['dist', 'plugins'].flatMap((folder) =>
    readdirSync(join(work, folder), { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => join(item.parentPath, item.name)),
  );
  return Object.fromEntries(files.map((file) => [relative(work, file).split(sep).join('/'), file]));
}

/** The one of its many builds that the package itself chooses here. */
function addon(): Record<string, string> {
  const require = createRequire(import.meta.url);
  require('zeromq');
  const file = Object.keys(require.cache).find((name) => /[\\/]zeromq[\\/].*\.node$/.test(name));
  if (file === undefined) throw new Error('zeromq has loaded no addon');
  return { [ADDON + createHash('sha256').update(readFileSync(file)).digest('hex')]: file };
}

/** Symbols are a fifth of it, and only for those who debug Node itself. */
function stripped(executable: string): string {
  const copy = join(work, 'node');
  copyFileSync(executable, copy);
  try {
    execFileSync('strip', [copy], { stdio: 'ignore' });
  } catch {
    console.warn('its symbols stay in it: there is no strip here (Debian: apt-get install binutils)');
  }
  return copy;
}

/** Beside the checkout's own start, where it is built. */
async function report(): Promise<void> {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${relative(process.cwd(), output)}: ${mb(statSync(output).size)}, made in ${seconds} s`);
  console.log(`  gzip ${mb(gzipSync(readFileSync(output)).length)}`);
  const binary = await measure([output]);
  const checkout = existsSync(join(ROOT, 'dist', 'main.js'))
    ? await measure([process.execPath, join(ROOT, 'bin', 'tender')])
    : undefined;
  const line = (what: string, key: keyof Start, target: number): void => {
    const beside = checkout ? `, the checkout ${checkout[key]} ms` : '';
    console.log(`  ${what}: ${binary[key]} ms (target ${target} ms${beside}; ${load()})`);
  };
  line('--version', 'version', 100);
  line('first frame of the screen', 'frame', 600);
}

try {
  await bundles();
  const main = await entrance();
  const node = stripped(process.execPath);
  const config = join(work, 'sea.json');
  const made = join(work, 'made');
  writeFileSync(
    config,
    JSON.stringify({
      main,
      mainFormat: 'module',
      output: made,
      executable: node,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // By `--node-options=…`, as `again` says them: NODE_OPTIONS of a person's shell is meant for others.
      execArgvExtension: 'cli',
      assets: { ...parts(), ...addon() },
    }),
  );
  execFileSync(process.execPath, ['--build-sea', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(made, output);
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (!isQuiet) await report();
