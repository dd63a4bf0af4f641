// Starts Prism between a client and a stand-in: what either of them says against the description is
// answered with an error.
//
//     const { port, stop } = await startPrism({ modules, description, upstream })
//
// `modules` is the node_modules folder that has @stoplight/prism-cli, `description` a file (see
// slim.mjs), `upstream` an address. A request that breaks the description gets 4xx, an answer that does
// gets 500; both with the violations in their body.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endsWithUs } from './runs.mjs';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function startPrism({ modules, description, upstream, seconds = 60 }) {
  // Its own file, and no shell script before it: the pid is the server's.
  const program = join(modules, '@stoplight/prism-cli/dist/index.js');
  const end = Date.now() + seconds * 1000;
  let said = '';
  while (Date.now() < end) {
    // Somebody else may take the port between here and there: then another one.
    const port = await freePort();
    const child = spawn(process.execPath,
      [program, 'proxy', '--errors', '-h', '127.0.0.1', '-p', String(port), description, upstream],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => { said = (said + part).slice(-20_000); });
    const stop = endsWithUs(child);
    for (; Date.now() < end && child.exitCode === null; await wait(100)) {
      // No path of a description begins so, and only Prism says it in these words.
      const answer = await fetch(`http://127.0.0.1:${port}/__up`).catch(() => undefined);
      if (answer && /stoplight\.io\/prism/.test(await answer.text())) return { port, stop };
    }
    stop();
  }
  throw new Error(`prism does not answer:\n${said}`);
}
