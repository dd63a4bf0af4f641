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
  const port = await freePort();
  // Its own file, and no shell script before it: the pid is the server's.
  const program = join(modules, '@stoplight/prism-cli/dist/index.js');
  const child = spawn(process.execPath,
    [program, 'proxy', '--errors', '-h', '127.0.0.1', '-p', String(port), description, upstream],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => { said = (said + part).slice(-20_000); });
  const stop = endsWithUs(child);
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(100)) {
    if (child.exitCode !== null) break;
    // Any answer will do; no path of a description begins so.
    const answer = await fetch(`http://127.0.0.1:${port}/__up`).catch(() => undefined);
    if (answer) {
      await answer.arrayBuffer();
      return { port, stop };
    }
  }
  stop();
  throw new Error(`prism does not answer:\n${said}`);
}
