/** The program of the example service: answers every request with a line that says which instance it is. */
import { createServer } from 'node:http';

export function hello(): void {
  const { PORT_HTTP = '8080', TENDER_NAME = 'hello' } = process.env;
  createServer((request, response) => {
    console.log(`${request.method} ${request.url}`);
    response.end(`hello from ${TENDER_NAME}\n`);
  }).listen(Number(PORT_HTTP), () => console.log(`${TENDER_NAME} listens on port ${PORT_HTTP}`));
  process.on('SIGTERM', () => process.exit(0));
}
