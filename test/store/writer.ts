/**
 * Writes pairs for ever, and says each number when it is durable; somebody kills it. The next one begins when the word
 * is out: one that its reader has no room for yet would die with this process.
 */
import { sqliteStore } from '../../src/store/sqlite.ts';

const [folder = '', from = '0'] = process.argv.slice(2);
const store = sqliteStore(folder, 'test');
for (let n = Number(from); ; n++) {
  await store.commit([
    { space: 's', key: `${n}-a`, value: String(n) },
    { space: 's', key: `${n}-b`, value: String(n) },
  ]);
  await new Promise((resolve) => process.stdout.write(`${n}\n`, resolve));
}
