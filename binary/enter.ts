/**
 * What the single binary runs first. Its parts are assets in it, imported by paths below the binary's own, as if it were
 * a folder: `file:///usr/bin/tender/dist/main.js`. So nothing has to be unpacked, each command loads its own parts only,
 * and plugins that lie on the disk are loaded as they always are, stripped of their types by Node.
 */
import { createRequire, registerHooks } from 'node:module';
import { getAsset } from 'node:sea';
import { pathToFileURL } from 'node:url';

const inside = `${pathToFileURL(process.execPath).href}/`;

registerHooks({
  resolve(specifier, context, next) {
    const isRelative = specifier.startsWith('.') && context.parentURL !== undefined;
    const url = isRelative ? new URL(specifier, context.parentURL).href : specifier;
    return url.startsWith(inside) ? { url, format: 'module', shortCircuit: true } : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith(inside)) return next(url, context);
    const source = getAsset(url.slice(inside.length), 'utf8');
    return { source, format: 'module', shortCircuit: true };
  },
});

// `import()` in the main script of a binary knows built-in modules only; in what it requires it knows everything.
createRequire(inside)(`${inside}dist/start.js`);
