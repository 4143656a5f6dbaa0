// A browser without script: keeps cookies as their attributes say, follows what it is sent to, fills in forms and sends them as a
// person would. What a form does not have cannot be filled in.

import assert from 'node:assert/strict';
import { codeFromSms, codesSent } from '../e2e/journey.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'" };
export { spaced } from '../e2e/people.mjs';

export const unescaped = (text) => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);

const attributesOf = (tag) => Object.fromEntries([...tag.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].slice(1).map(([, name, value]) => [name, unescaped(value ?? '')]));

/** The forms of a page, each { action, method, fields, text }; a field is { name, type, value, checked }. */
export function formsOf(html) {
  return [...html.matchAll(/(<form[^>]*>)([\s\S]*?)<\/form>/g)].map(([, head, text]) => ({
    ...attributesOf(head), text,
    fields: [...text.matchAll(/(<(?:input|textarea)[^>]*>)([^<]*)/g)].map(([, tag, inside]) => ({ ...attributesOf(tag), ...(tag.startsWith('<textarea') && { value: unescaped(inside) }) })).map((one) => ({ ...one, value: one.value ?? '', checked: 'checked' in one })),
  }));
}

/** A page but for the one script of our own. */
export const withoutOwnScript = (html) => html.replace(/<script type="module" src="\/assets\/portal-[0-9a-f]{12}\.js"><\/script>/, '');

/** What people read: without tags, blanks as one. */
export const wordsOf = (html) => unescaped(html.replace(/<head>[\s\S]*?<\/head>/, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();

export class Browser {
  constructor(portal, { language = 'en' } = {}) {
    Object.assign(this, { portal, language, cookies: new Map() });
  }

  /** Every cookie that it was ever given, for a look at their attributes. */
  given = [];
  page = undefined; // the last one: { status, headers, html, path }

  clone() {
    const out = new Browser(this.portal, { language: this.language });
    out.cookies = new Map(this.cookies);
    return out;
  }

  async request(method, path, { body, headers = {}, follow = true } = {}) {
    const response = await fetch(this.portal.url + path, {
      method, redirect: 'manual', signal: AbortSignal.timeout(15_000), body,
      headers: {
        accept: 'text/html', 'accept-language': this.language,
        ...(this.cookies.size && { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded', origin: this.portal.origin, 'sec-fetch-site': 'same-origin' }),
        ...headers,
      },
    });
    for (const one of response.headers.getSetCookie()) this.#keep(one);
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status } = response;
    if (follow && status === 303) {
      const to = response.headers.get('location');
      assert.match(to, /^\/(?!\/)/, 'only to our own pages');
      return this.request('GET', to);
    }
    this.page = { status, headers: response.headers, html: bytes.toString(), bytes, path, location: response.headers.get('location') };
    return this.page;
  }

  #keep(cookie) {
    this.given.push(cookie);
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    if (/max-age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get(path, options) { return this.request('GET', path, options); }

  form(action) {
    const found = formsOf(this.page.html).find((one) => one.action === action);
    assert.ok(found, `a form to ${action} on ${this.page.path}; there are ${formsOf(this.page.html).map((one) => one.action)}: ${wordsOf(this.page.html).slice(0, 600)}`);
    return found;
  }

  /** What a filled-in form would send. */
  filled(action, values = {}) {
    const { fields } = this.form(action);
    const out = new URLSearchParams();
    for (const name of Object.keys(values)) assert.ok(fields.some((one) => one.name === name), `${action} has the field ${name}`);
    for (const { name, type, value, checked } of fields) {
      if (!name) continue;
      if (type !== 'radio' && type !== 'checkbox') out.append(name, values[name] ?? value);
      else if (name in values ? [values[name]].flat().includes(value) : checked) out.append(name, value);
    }
    for (const [name, wanted] of Object.entries(values)) for (const one of [wanted].flat()) assert.ok(out.getAll(name).includes(String(one)), `${action}: ${name} may be ${one}`);
    return out.toString();
  }

  /** Fills in the form of this page that goes to `action`, and sends it. */
  submit(action, values, options) { return this.request('POST', action, { body: this.filled(action, values), ...options }); }

  /** Follows the first link of the page that goes to `path`. */
  click(path) {
    assert.ok(this.page.html.includes(`href="${path}"`), `a link to ${path} on ${this.page.path}: ${wordsOf(this.page.html).slice(0, 600)}`);
    return this.get(path);
  }

  get words() { return wordsOf(this.page.html); }
}

/** With a portal beside the API: config for a world, and how it is reached. */
export function portalAt(port) {
  return { url: `http://127.0.0.1:${port}`, origin: `http://localhost:${port}`, config: { portal: { listen: `127.0.0.1:${port}`, origin: `http://localhost:${port}` } } };
}

/** Sends the form of this page that goes to `action` with a file, as a browser does. */
export function sendFile(browser, action, values, file, { name = 'paper.pdf', type = 'application/pdf', boundary = '----b0undary', ...options } = {}) {
  const fields = [...new URLSearchParams(browser.filled(action, values))].filter(([field]) => field !== 'file');
  const body = Buffer.concat([
    ...fields.map(([field, value]) => Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`)),
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`), Buffer.from(file),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return browser.request('POST', action, { body, ...options, headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...options.headers } });
}

export const SESSION = 'keepline';

/** A customer with a line of 23.45 yuan, taken over into this world. */
export async function someoneOf(world, { language = 'en', ...over } = {}) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(2345), ...over });
  const { id } = await world.takeOver(subscriber, line);
  return { subscriber, line, number: line.number, id };
}

/** Signs in with a code that the line's own phone gets, as people do. */
export async function signIn(browser, smsc, number) {
  await browser.get('/');
  const before = codesSent(smsc, number);
  await browser.submit('/sign-in', { number, way: 'line' });
  const code = await codeFromSms(smsc, number, { after: before });
  await browser.submit(browser.page.path, { code: `${code.slice(0, 4)} ${code.slice(4)}` });
  assert.equal(browser.page.path, '/line', `${browser.page.status} ${browser.words}`);
  return browser;
}

/** A browser in which this customer is signed in, by a session that the operator's own portal opened. */
export async function signedIn(world, portal, subscriberId, options) {
  const out = new Browser(portal, options);
  out.cookies.set(SESSION, (await world.portal.post(`/v1/subscribers/${subscriberId}/sessions`, {})).body.token);
  return out;
}
