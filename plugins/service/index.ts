/** service: keeps so many instances of a container or program running. */
import { defineFramework } from 'tender/framework';
import { service } from './service.ts';

export default defineFramework({ name: 'service', kinds: { service } });
