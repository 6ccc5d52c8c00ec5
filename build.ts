/**
 * Makes dist/, which bin/tender runs: the program's bundle, and what its shipped plugins compile to. zeromq stays
 * outside: its native addon is found beside its own package.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { bundleProgram } from './bundle.ts';
import { loadPlugin, offerKit, pluginsIn } from './src/framework/host.ts';

const started = performance.now();
const here = import.meta.dirname;
const dist = `${here}/dist`;

/** The single binary is made by `npm run binary`, and stays until it is made anew. */
const KEPT = 'tender';
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== KEPT) rmSync(`${dist}/${name}`, { recursive: true, force: true });
await bundleProgram({ outdir: dist, sourcemap: true, external: ['zeromq'] });

// The shipped plugins are loaded once, so that no framework host has to strip their types: Node keeps what it has made.
enableCompileCache({ directory: `${dist}/cache`, portable: true });
offerKit(pathToFileURL(`${dist}/framework.js`).href);
for (const folder of pluginsIn(`${here}/plugins`))
  await loadPlugin(folder).catch((error: Error) => console.warn(error.message));
flushCompileCache();

if (!process.argv.includes('--quiet'))
  console.log(`dist/ built in ${Math.round(performance.now() - started)} ms`);
