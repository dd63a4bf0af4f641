// Starts a stand-in, and goes through tracker_workflow against it. Whatever was started ends with the
// process that asked for it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// → what ends it before.
export function endsWithUs(child) {
  children.add(child);
  child.on('exit', () => children.delete(child));
  return () => child.kill('SIGKILL');
}

// `script` is a file's name in this folder; → { port, url, stop }.
export async function startStandIn(script, options = {}) {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...given],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = endsWithUs(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const port = Number(/^listening (\d+)$/.exec(line)?.[1]);
    if (port > 0) return { port, url: `http://127.0.0.1:${port}`, stop };
  }
  throw new Error(`${script} ended before it listened`);
}

// → { code, said }: its exit code, and what it wrote.
export function workflow(folder, options) {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(`${folder}/tracker_workflow`, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  endsWithUs(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { said += part; });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code: signal ?? code, said: said.trim() })));
}

export async function post(url, body = {}) {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
}

export function expect(good, what, said = '') {
  console.log(`${good ? 'good' : 'FAILED'}: ${what}${good ? '' : `\n${said}`}`);
  if (!good) process.exit(1);
}
