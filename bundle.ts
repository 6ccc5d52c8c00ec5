/**
 * How the sources become the program: one entry for the command line and one for what plugins are written against, split
 * so that each command loads only what it needs (Ink alone costs half a second from loose files). The checkout's dist/
 * and the single binary are both made so.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { edits } from './bundle/edits.ts';

const here = import.meta.dirname;

/** Optional parts of dependencies that tender never uses: ssh to a remote engine, React's debugger, gRPC's own statistics. */
const unused = ['ssh2', 'cpu-features', 'react-devtools-core', '@grpc/proto-loader'];
/** Used by the store in etcd alone; dockerode has them for BuildKit. */
const notForDocker = ['@grpc/grpc-js', 'protobufjs'];

/**
 * What a daemon would carry for nothing: zod's error texts in fifty languages (2 MB), and all of TLS (6 MB) for an
 * engine on a local socket: it is loaded at the first https request instead.
 */
const lean: Plugin = {
  name: 'lean',
  setup({ onResolve, onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path),
    }));
    onResolve({ filter: /^https$/ }, ({ importer }) =>
      importer.includes('docker-modem') ? { path: 'https', namespace: 'late' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late' }, () => ({
      contents: "exports.request = (...args) => require('node:https').request(...args)",
    }));
    onResolve({ filter: new RegExp(`^(${unused.join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    onResolve({ filter: new RegExp(`^(${notForDocker.join('|')})$`) }, ({ path, importer }) =>
      /node_modules\/(dockerode|docker-modem)\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }));
  },
};

/** Ink's module that draws is closed to the outside; see src/tui/whole-lines.ts for what is done to it and why. */
const wholeLines: Plugin = {
  name: 'whole lines',
  setup({ onLoad }) {
    onLoad({ filter: /ink\/build\/output\.js$/ }, ({ path }) => ({
      contents: [
        readFileSync(path, 'utf8'),
        `import { drawWholeLines } from '${here}/src/tui/whole-lines.ts';`,
        'drawWholeLines(Output);',
      ].join('\n'),
      resolveDir: dirname(path),
    }));
  },
};

/** What is the same for all that is bundled here. */
export const MODULES = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  // Sources stay in memory for as long as their program runs.
  minifyWhitespace: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** main.js, framework.js and what they share. */
export async function bundleProgram(
  options: Pick<BuildOptions, 'outdir' | 'sourcemap' | 'external' | 'plugins'>,
): Promise<void> {
  await build({
    ...MODULES,
    ...options,
    entryPoints: { main: `${here}/src/main.ts`, framework: `${here}/src/framework/index.ts` },
    splitting: true,
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
      'Intl.Segmenter': 'LazySegmenter',
    },
    inject: [`${here}/bundle/lazy-segmenter.ts`],
    banner: {
      js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
    },
    plugins: [lean, edits, wholeLines, ...(options.plugins ?? [])],
  });
}
