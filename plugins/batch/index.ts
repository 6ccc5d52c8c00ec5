/** batch: work that ends. Once, by a clock, on request, or after other jobs. */
import { defineFramework } from 'tender/framework';
import { batch } from './batch.ts';

export default defineFramework({ name: 'batch', kinds: { batch } });
