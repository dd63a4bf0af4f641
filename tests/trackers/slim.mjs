// Makes a service's OpenAPI description fit for validating against:
//
//     node slim.mjs IN.json OUT.json PATH…
//
//   - Only the named paths stay, and what they refer to: a server starts in seconds, not in minutes.
//   - `nullable` beside no `type` is written as a choice: the validator refuses the other form, and
//     then silently lets every body pass.
//   - Examples go: some are no JSON, and a server that reads them answers good requests with 500.
import { readFileSync, writeFileSync } from 'node:fs';

const isObject = (value) => value !== null && typeof value === 'object';

// The keys of a reference like "#/components/schemas/issue" (RFC 6901).
const keysOf = (reference) =>
  reference.slice(2).split('/').map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'));

function withoutExamples(value) {
  if (Array.isArray(value)) return value.map(withoutExamples);
  if (!isObject(value)) return value;
  const kept = {};
  for (const [key, part] of Object.entries(value)) {
    // A property of that name has a schema, which is an object with a type or a reference.
    const schema = isObject(part) && ['type', '$ref', 'oneOf', 'anyOf', 'allOf'].some((each) => each in part);
    if ((key === 'example' || key === 'examples') && !schema) continue;
    kept[key] = withoutExamples(part);
  }
  return kept;
}

const nothing = { enum: [null] };

function withChoices(value) {
  if (Array.isArray(value)) return value.map(withChoices);
  if (!isObject(value)) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withChoices(part)]));
  if (parts.nullable !== true || parts.type !== undefined) return parts;
  const { nullable, ...schema } = parts;
  if (schema.enum) return { ...schema, enum: [...schema.enum, null] };
  for (const choice of ['oneOf', 'anyOf'])
    if (schema[choice]) return { ...schema, [choice]: [...schema[choice], nothing] };
  return { anyOf: [schema, nothing] };
}

// Copies into `to` what `value` refers to, in `from`, and what that refers to.
function bring(value, from, to, had = new Set()) {
  if (!isObject(value)) return;
  if (typeof value.$ref === 'string' && value.$ref.startsWith('#/') && !had.has(value.$ref)) {
    had.add(value.$ref);
    const keys = keysOf(value.$ref);
    const last = keys.pop();
    let [source, target] = [from, to];
    for (const key of keys) [source, target] = [source[key], (target[key] ??= {})];
    target[last] = source[last];
    bring(source[last], from, to, had);
  }
  for (const part of Object.values(value)) bring(part, from, to, had);
}

export function slim(description, paths) {
  const clean = withChoices(withoutExamples(description));
  const { paths: all, components, webhooks, 'x-webhooks': more, ...rest } = clean;
  const missing = paths.filter((path) => !(path in all));
  if (missing.length > 0) throw new Error(`the description has no path ${missing.join(', ')}`);
  const kept = { ...rest, paths: Object.fromEntries(paths.map((path) => [path, all[path]])), components: {} };
  bring(kept.paths, clean, kept);
  if (components?.securitySchemes) kept.components.securitySchemes = components.securitySchemes;
  return kept;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [, , from, to, ...paths] = process.argv;
  writeFileSync(to, JSON.stringify(slim(JSON.parse(readFileSync(from, 'utf8')), paths)));
}
