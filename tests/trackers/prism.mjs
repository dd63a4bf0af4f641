// Prism as a proxy that refuses what a vendor's description does not allow, in requests and in answers.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';

const free = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// `modules`: the folder node_modules. Gives {port, stop} once it answers.
export async function startPrism({ spec, upstream, modules }) {
  const port = await free();
  // Its own file, so that the process is the server.
  const program = path.join(modules, '@stoplight/prism-cli/dist/index.js');
  const child = spawn(process.execPath, [program, 'proxy', '--errors', '-v', 'error', '-h', '127.0.0.1', '-p', String(port), spec, upstream],
    { stdio: ['ignore', 'ignore', 'inherit'] });
  let ended = false;
  child.on('exit', () => { ended = true; });
  const stop = () => { if (!ended) child.kill('SIGKILL'); };
  process.on('exit', stop);
  for (const until = Date.now() + 60000; ;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return { port, stop };
    } catch {
      if (ended || Date.now() > until) throw new Error('prism does not answer');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
