// What the console's compiler needs beside the sources, into web/console/made: the types of api/openapi.yaml, and the names of the texts.
// node web/types.mjs; it takes some seconds, and is not needed to bundle.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapi, { astToString } from 'openapi-typescript';
import { catalogues } from './catalogue.mjs';

const MADE = fileURLToPath(new URL('console/made/', import.meta.url));
const CONTRACT = fileURLToPath(new URL('../api/openapi.yaml', import.meta.url));

mkdirSync(MADE, { recursive: true });
writeFileSync(`${MADE}api.d.ts`, astToString(await openapi(pathToFileURL(CONTRACT))));
const names = Object.keys(catalogues().en);
writeFileSync(`${MADE}texts.d.ts`, `declare module 'keepline:texts' {
  export type TextKey = ${names.map((one) => `\n    | '${one}'`).join('')};
  const texts: Record<'en' | 'zh-CN', Record<string, string>>;
  export default texts;
}
`);
