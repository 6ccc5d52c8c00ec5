/** The process of one run: `PART ARGUMENT…`. Prints its figures, and tells its parent what was judged. */
import { judged } from './comparison.ts';
import { partOf } from './parts.ts';

const [name = '', ...run] = process.argv.slice(2);
(await partOf(name))?.measure(run);
process.send?.(judged);
process.disconnect?.();
