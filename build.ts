/**
 * Bundles src/main.ts into dist/, split so that each command loads only what it needs (Ink alone costs half a second
 * from loose files). zeromq stays outside: its native addon is found beside its own package.
 */
import { rmSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { loadPlugin, offerKit, pluginsIn } from './src/framework/host.ts';

const started = performance.now();
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

rmSync(`${here}/dist`, { recursive: true, force: true });
await build({
  entryPoints: { main: `${here}/src/main.ts`, framework: `${here}/src/framework/index.ts` },
  outdir: `${here}/dist`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  jsx: 'automatic',
  // Sources stay in memory for as long as their program runs.
  minifyWhitespace: true,
  sourcemap: true,
  external: ['zeromq'],
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  banner: {
    js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
  },
  logLevel: 'warning',
  plugins: [lean],
});

// The shipped plugins are loaded once, so that no framework host has to strip their types: Node keeps what it has made.
enableCompileCache({ directory: `${here}/dist/cache`, portable: true });
offerKit(pathToFileURL(`${here}/dist/framework.js`).href);
for (const folder of pluginsIn(`${here}/plugins`))
  await loadPlugin(folder).catch((error: Error) => console.warn(error.message));
flushCompileCache();

if (!process.argv.includes('--quiet'))
  console.log(`dist/ built in ${Math.round(performance.now() - started)} ms`);
