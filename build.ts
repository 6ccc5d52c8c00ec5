/**
 * Bundles src/main.ts into dist/, split so that each command loads only what it needs (Ink alone costs half a second
 * from loose files). zeromq stays outside: its native addon is found beside its own package.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const started = performance.now();
const here = import.meta.dirname;

/** Optional parts of dependencies that tender never uses: ssh to a remote engine, gRPC to BuildKit, React's debugger. */
const unused = ['ssh2', 'cpu-features', '@grpc/grpc-js', '@grpc/proto-loader', 'react-devtools-core'];

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
  sourcemap: true,
  external: ['zeromq'],
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  banner: {
    js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
  },
  logLevel: 'warning',
  plugins: [
    {
      name: 'unused',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: new RegExp(`^(${unused.join('|')})$`) }, ({ path }) => ({
          path,
          namespace: 'unused',
        }));
        onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
          contents: 'module.exports = {}',
          loader: 'js',
        }));
      },
    },
  ],
});
if (!process.argv.includes('--quiet'))
  console.log(`dist/ built in ${Math.round(performance.now() - started)} ms`);
