/** stateful: instances that keep their data, and procedures that change them one at a time. */
import { defineFramework } from 'tender/framework';
import { stateful } from './stateful.ts';

export default defineFramework({ name: 'stateful', kinds: { stateful } });
