// What browsers load, made for the program to carry: the pages' script in one file, the console in another, and each file once more as brotli and
// gzip have it. CMake runs it while it configures: node web/build.mjs OUT. Without esbuild (npm ci in web) there is no script, and the pages do without;
// without what the console is made of there is no console, and /console says so. The same sources give the same bytes.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUT = path.resolve(process.argv[2] ?? 'build/web');
const CONSOLE_NEEDS = ['react', 'react-dom', 'wouter', 'openapi-fetch', 'mustache', 'smol-toml'];

async function bundler() {
  try {
    return await import('esbuild');
  } catch (failure) {
    if (failure.code !== 'ERR_MODULE_NOT_FOUND') throw failure;
    return undefined;
  }
}

function isThere(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function put(name, content) {
  const file = path.join(OUT, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(name);
}

/** Beside the file; one that is not shorter so is left out. */
function putPressed(name, content) {
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  const gzip = gzipSync(content, { level: 9 });
  if (brotli.length < content.length) put(`${name}.br`, brotli);
  if (gzip.length < content.length) put(`${name}.gz`, gzip);
}

const COMMON = { absWorkingDir: HERE, write: false, bundle: true, minify: true, charset: 'utf8', target: 'es2022', legalComments: 'none', logLevel: 'warning' };

/** The address under which the program serves a file: it says the content, so that a browser keeps it for ever. */
const addressOf = (name, content) => `/console/assets/${name.replace('.', `-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.`)}`;

/** What the licences of bundled packages ask to be handed on, as a comment: package, version, text. */
function noticesOf(inputs) {
  const packages = [...new Set(Object.keys(inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))].sort();
  return packages.map((name) => {
    const folder = path.join(HERE, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'license', 'LICENSE.txt'].map((one) => path.join(folder, one)).find(existsSync);
    return `${name} ${version} (${license})\n${file ? readFileSync(file, 'utf8').trim().replaceAll('*/', '* /') : ''}`;
  }).join('\n\n');
}

async function buildConsole(esbuild) {
  const { catalogues } = await import('./catalogue.mjs');
  const texts = {
    name: 'texts',
    setup(build) {
      build.onResolve({ filter: /^keepline:texts$/ }, () => ({ path: 'texts', namespace: 'keepline' }));
      build.onLoad({ filter: /.*/, namespace: 'keepline' }, () => ({ contents: JSON.stringify(catalogues()), loader: 'json' }));
    },
  };
  const { outputFiles, metafile } = await esbuild.build({
    ...COMMON, metafile: true, entryPoints: { console: 'console/main.tsx' }, outdir: OUT, format: 'esm', jsx: 'automatic', plugins: [texts], define: { 'process.env.NODE_ENV': '"production"' },
  });
  const style = await esbuild.build({ ...COMMON, entryPoints: { console: 'console/console.css' }, outdir: OUT });
  const made = new Map([...outputFiles, ...style.outputFiles].map((one) => [path.basename(one.path), Buffer.from(one.contents)]));
  made.set('console.js', Buffer.concat([made.get('console.js'), Buffer.from(`/*\n${noticesOf(metafile.inputs)}\n*/\n`)]));
  let page = readFileSync(path.join(HERE, 'console/index.html'), 'utf8');
  for (const [name, content] of made) {
    put(`console/${name}`, content);
    putPressed(`console/${name}`, content);
    page = page.replace(`{{${name}}}`, addressOf(name, content));
  }
  put('console/index.html', page);
}

rmSync(OUT, { recursive: true, force: true });
for (const folder of ['portal', 'ui'])
  for (const name of readdirSync(path.join(HERE, folder)).filter((one) => one.endsWith('.css')).sort())
    putPressed(`${folder}/${name}`, readFileSync(path.join(HERE, folder, name)));

const esbuild = await bundler();
if (esbuild) {
  const { outputFiles: [made] } = await esbuild.build({ ...COMMON, entryPoints: ['portal/portal.ts'], outfile: 'portal.js', format: 'esm' });
  put('portal/portal.js', made.contents);
  putPressed('portal/portal.js', Buffer.from(made.contents));
  if (CONSOLE_NEEDS.every(isThere)) await buildConsole(esbuild);
}
