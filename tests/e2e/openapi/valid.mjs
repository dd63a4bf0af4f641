// node valid.mjs DOCUMENT
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { valid, errors } = await new Validator().validate(document);
if (!valid) {
  console.error(errors);
  process.exit(1);
}
const broken = structuredClone(document);
delete broken.info.title;
if ((await new Validator().validate(broken)).valid) throw new Error('a document without a title is taken for valid');
console.log(`the document is OpenAPI ${document.openapi}`);
