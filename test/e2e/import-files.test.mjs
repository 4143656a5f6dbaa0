// Files as people have them: what spreadsheets write, what they break, rows that contradict each other or what is known;
// rejected rows that are mended and imported. Against a running server, through the command line and the API.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { refused } from './client.mjs';
import { daysFromNow, newLine, newNumber, newProfile, newSubscriber, yuan } from './people.mjs';
import { startWorld } from './world.mjs';

const HEAD = 'number,policy,subscriber,since,valid_until,full_name,language,currency,balance,iccid,imsi';
let world;
let serial = 0;

before(async () => { world = await startWorld({ peers: [] }); });
after(() => world?.stop());

/** One row of HEAD as an object of cells. */
function row(over = {}) {
  const { iccid, imsi } = newProfile();
  return { number: newNumber(), policy: 'quick', subscriber: `csv-${process.pid}-${++serial}`, since: '2024-05-01', valid_until: '2029-11-30', full_name: 'T. Ester', language: 'en', currency: 'CNY', balance: '12.30', iccid, imsi, ...over };
}
const line = (cells) => HEAD.split(',').map((name) => cells[name]).join(',');
const file = (...rows) => `${HEAD}\n${rows.map(line).join('\n')}\n`;

/** Imports these bytes into the running server. */
async function importing(bytes, ...options) {
  const name = `file-${++serial}.csv`;
  writeFileSync(path.join(world.folder, name), bytes);
  const { code, stdout, stderr } = await world.cli(['import', name, '--server', world.keepline.url, '--json', ...options], { env: { KEEPLINE_TOKEN: world.system.token } });
  return { code, stderr, ...(stdout && JSON.parse(stdout)) };
}
const lineOf = async (number) => (await world.system.post('/v1/lines/search', { number })).body;

test('every form of a spreadsheet\'s file is taken', async () => {
  const forms = {
    'with a byte order mark, CRLF and quotes': (text) => `\ufeff${text.split('\n')[0].split(',').map((name) => `"${name}"`).join(',')}\r\n${text.split('\n')[1]}\r\n`,
    semicolons: (text) => text.replaceAll(',', ';'),
    tabs: (text) => text.replaceAll(',', '\t'),
    'a sep line': (text) => `sep=,\r\n${text.replaceAll('\n', '\r\n')}`,
    'UTF-16': (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.replaceAll('\n', '\r\n'), 'utf16le')]),
    'commas behind and rows of commas': (text) => `${text.trim().replaceAll('\n', ',,,\r\n')},,,\r\n,,,,,,,,\r\n,,,\r\n`,
    'line ends of old Macs': (text) => text.replaceAll('\n', '\r'),
    'spaces after commas': (text) => text.replaceAll(',', ', '),
    'no last line end': (text) => text.trim(),
  };
  for (const [name, made] of Object.entries(forms)) {
    const one = row();
    const answer = await importing(made(file(one)));
    assert.deepEqual({ name, code: answer.code, added: answer.added, rows: answer.rows, stderr: answer.stderr }, { name, code: 0, added: 1, rows: 1, stderr: '' });
    assert.equal((await lineOf(one.number)).balance.prepaid.minor, 1230, name);
  }
});

test('another encoding is refused in one sentence before a row is taken, and taken by its name', async () => {
  const [first, second] = [row(), row({ full_name: '王小明' })];
  const gbk = Buffer.concat([Buffer.from(file(first) + line(second).split('王')[0]), Buffer.from([0xcd, 0xf5, 0xd0, 0xa1, 0xc3, 0xf7]), Buffer.from(`${line(second).split('明')[1]}\n`)]);
  const refusedWhole = await importing(gbk);
  assert.equal(refusedWhole.code, 2);
  assert.match(refusedWhole.stderr, /Line 3 is not UTF-8.*--encoding gb18030/);
  await refused(world.system.post('/v1/lines/search', { number: first.number }), 'not-found', 404);
  assert.equal((await importing(gbk, '--encoding', 'gb18030')).added, 2);
  assert.match((await importing('number,,policy\n+1,x,y\n')).stderr, /Line 1: column 2 has no heading/);
});

test('what is written in one way only is understood, what was lost is named by its column', async () => {
  const forms = [(n) => `'${n}`, (n) => n.replace('+', '＋'), (n) => n.replace('+', '00'), (n) => `${n.slice(0, 3)} (${n.slice(3, 6)}) ${n.slice(6, 10)}-${n.slice(10)}`, (n) => `\u202d${n}\u202c`, (n) => `${n}\u00a0`];
  const good = forms.map((form) => { const number = newNumber(); return [number, form(number)]; });
  const dates = ['2029/11/30', '30.11.2029', '2029-11-30 00:00:00', '2029年11月30日', '2029/11/30 0:00'];
  const taken = [...good.map(([, number]) => row({ number })), ...dates.map((valid_until) => row({ valid_until }))];
  const answer = await importing(file(...taken));
  assert.equal(answer.stderr, '');
  assert.equal(answer.added, taken.length);
  for (const [number] of good) assert.equal((await lineOf(number)).number, number);
  for (const one of taken.slice(good.length)) assert.equal((await lineOf(one.number)).valid_until, '2029-11-30T16:00:00.000Z', one.valid_until);

  const bad = [
    [{ number: '8.6138E+12' }, /`number` holds 8\.6138E\+12: Excel/], [{ iccid: '8.986E+18' }, /`iccid` holds.*Excel/], [{ imsi: '4.6001E+14' }, /`imsi` holds.*Excel/],
    [{ iccid: '8986012345678900000' }, /`iccid` has only zeros.*Excel/], [{ number: '8613800000011' }, /`number` has no country code/],
    [{ number: '+4407700900123' }, /`number`.*\+44 07700 900123 is written \+447700900123/], [{ imsi: '1010000000123' }, /imsi.*15|leading zero/i],
    [{ valid_until: '2/3/2029' }, /`valid_until` can be read in two ways/], [{ valid_until: '46721' }, /`valid_until`.*Excel counts days/],
    [{ since: '2029-12-01' }, /`since` is not before `valid_until`/], [{ balance: '12.345' }, /`balance`/],
  ];
  const rejected = await importing(file(...bad.map(([over]) => row(over))));
  assert.equal(rejected.rejected, bad.length);
  for (const [index, [, reason]] of bad.entries()) assert.match(rejected.stderr.split('\n').find((one) => one.startsWith(`line ${index + 2}: `)) ?? rejected.stderr, reason);
});

test('rows of one file that contradict each other are rejected with the line of the other', async () => {
  const first = row();
  const { stderr, added, rejected } = await importing(file(first, { ...row(), number: first.number }, { ...row(), iccid: first.iccid }, { ...row(), imsi: first.imsi }, { ...row(), subscriber: first.subscriber, full_name: 'Other' }, { ...row(), subscriber: first.subscriber }));
  assert.deepEqual({ added, rejected }, { added: 2, rejected: 4 });
  for (const [at, what] of [[3, 'number'], [4, 'iccid'], [5, 'imsi']]) assert.match(stderr, new RegExp(`line ${at}: The same ${what} stands in line 2`));
  assert.match(stderr, /line 6: Something else is said of this `subscriber` in line 2/);
});

test('rejected rows come back as a CSV with the reason, which is mended and imported', async () => {
  const [good, bad] = [row(), row({ full_name: '"Tester, ""T"""', balance: '1.234' })];
  const first = await importing(file(good, bad), '--rejects', 'bad.csv');
  assert.deepEqual([first.code, first.added, first.rejected], [2, 1, 1]);
  const text = readFileSync(path.join(world.folder, 'bad.csv'), 'utf8');
  assert.equal(text.split('\n')[0], `${HEAD},reason`);
  assert.match(text, /Column `balance` must be an amount/);
  const again = await importing(text.replace('1.234', '1.23'), '--rejects', 'bad-2.csv');
  assert.deepEqual([again.code, again.added, again.stderr], [0, 1, '']);
  assert.equal((await lineOf(bad.number)).balance.prepaid.minor, 123);
});

test('the same row is known also after the line has lived on; another is rejected by name, or changed by --update', async () => {
  const one = row();
  await importing(file(one));
  const { id } = await lineOf(one.number);
  await world.system.post(`/v1/lines/${id}/charges`, { amount: yuan(200), what: 'usage', reference: `u-${id}` });
  assert.deepEqual((({ added, known, rejected }) => ({ added, known, rejected }))(await importing(file(one))), { added: 0, known: 1, rejected: 0 });

  const corrected = { ...one, balance: '99.00', valid_until: '2030-01-31' };
  const told = await importing(file(corrected));
  assert.deepEqual([told.code, told.known, told.rejected], [2, 0, 1]);
  assert.match(told.stderr, /line 2: .*differs in: balance, valid_until/);
  assert.equal((await lineOf(one.number)).balance.prepaid.minor, 1030, 'nothing changed');

  assert.deepEqual((({ code, changed, rejected }) => ({ code, changed, rejected }))(await importing(file(corrected), '--update')), { code: 0, changed: 1, rejected: 0 });
  const now = await lineOf(one.number);
  assert.equal(now.balance.prepaid.minor, 9900);
  assert.equal(now.valid_until, '2030-01-31T16:00:00.000Z');
  assert.deepEqual((({ known, changed }) => ({ known, changed }))(await importing(file(corrected), '--update')), { known: 1, changed: 0 });
  assert.equal((await importing(file(one))).rejected, 1, 'an earlier answer is no answer today');
});

test('with one token and --update a thief changes no contact point, account, owner or identifier', async () => {
  const subscriber = newSubscriber();
  const facts = newLine({ profiles: [newProfile()] });
  const { body: { id } } = await world.system.post('/v1/lines/import', { subscriber, line: facts });
  const before = (await world.system.get(`/v1/subscribers/${subscriber.id}`)).body;
  const changes = {
    mail: { subscriber: { ...subscriber, contacts: [subscriber.contacts[0], { ...subscriber.contacts[1], address: 'thief@evil.example' }] } },
    thief: { subscriber: { ...subscriber, contacts: [...subscriber.contacts, { id: 'thief', by: 'mail', address: 'thief@evil.example', verified: true }] } },
    refund_iban: { subscriber: { ...subscriber, person: { ...subscriber.person, refund_iban: 'DE89370400440532013000' } } },
    full_name: { subscriber: { ...subscriber, person: { ...subscriber.person, full_name: 'A. Thief' } } },
    subscriber: { subscriber: newSubscriber() },
    imsi: { line: { ...facts, profiles: [{ ...facts.profiles[0], imsi: newProfile().imsi }] } },
    policy: { line: { ...facts, policy: 'cn' } },
  };
  for (const [name, change] of Object.entries(changes)) {
    const problem = await world.system.post('/v1/lines/import', { subscriber, line: { ...facts, balance: yuan(1) }, ...change, update: true })
      .then(() => assert.fail(`${name} was changed`), (error) => error);
    assert.ok(['line-exists', 'identifier-taken', 'identifier-unreserved'].includes(problem.code), `${name}: ${problem.code}`);
    if (problem.code === 'line-exists') assert.match(problem.data('differs'), new RegExp(name), name);
  }
  assert.deepEqual((await world.system.get(`/v1/subscribers/${subscriber.id}`)).body, before);
  assert.equal((await world.system.get(`/v1/lines/${id}`)).body.balance.prepaid.minor, 1234);
});

test('a second line of somebody known is taken when the same is said of them', async () => {
  const subscriber = newSubscriber();
  await world.takeOver(subscriber, newLine());
  assert.equal((await world.system.post('/v1/lines/import', { subscriber, line: newLine() })).status, 201);
  const other = { ...subscriber, person: { ...subscriber.person, full_name: 'Somebody Else' } };
  const problem = await refused(world.system.post('/v1/lines/import', { subscriber: other, line: newLine() }), 'line-exists', 409);
  assert.equal(problem.data('differs'), 'full_name');
});

test('since after valid_until is refused by the API too, with the field', async () => {
  const problem = await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine({ since: daysFromNow(10), valid_until: daysFromNow(5) }) }), 'invalid', 422);
  assert.equal(problem.data('field'), 'line.since');
});

test('what nobody can mean is refused in one sentence that names row and column; a decimal comma is understood', async () => {
  const comma = row({ balance: '12,50' });
  const semicolons = `${HEAD.replaceAll(',', ';')}\n${HEAD.split(',').map((name) => comma[name]).join(';')}\n`;
  assert.deepEqual((({ added, stderr }) => ({ added, stderr }))(await importing(semicolons)), { added: 1, stderr: '' });
  assert.equal((await lineOf(comma.number)).balance.prepaid.minor, 1250);
  const bad = [
    [{ since: '0202-05-01' }, /`since` holds 0202-05-01: the year 202 cannot be meant/], [{ since: '2024-02-30' }, /`since` holds 2024-02-30, which is no day/],
    [{ since: '2028-01-01' }, /`since` lies in the future/], [{ number: 'unknown' }, /`number`/], [{ iccid: 'n/a' }, /`iccid`/], [{ imsi: 'none' }, /`imsi`/], [{ balance: 'free' }, /`balance` must be an amount/],
  ];
  const rejected = await importing(file(...bad.map(([over]) => row(over))));
  assert.equal(rejected.rejected, bad.length, rejected.stderr);
  for (const [index, [, reason]] of bad.entries()) assert.match(rejected.stderr.split('\n').find((one) => one.startsWith(`line ${index + 2}: `)) ?? rejected.stderr, reason);
  for (const since of ['0202-05-01', '2024-02-30', daysFromNow(40)]) {
    const problem = await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine({ since }) }), 'invalid', 422);
    assert.equal(problem.data('field'), 'line.since', since);
  }
});

test('a rejected row without its columns is not taken as it is, also from a file that a spreadsheet saved again', async () => {
  const [short, long] = [row(), row()];
  const text = `${HEAD}\n${line(short).split(',').slice(0, -1)}\n${line(long)},more\n`;
  assert.equal((await importing(text, '--rejects', 'short.csv')).rejected, 2);
  const again = await importing(`\ufeff${readFileSync(path.join(world.folder, 'short.csv'), 'utf8')}`);
  assert.deepEqual([again.added, again.rejected], [0, 2]);
  assert.match(again.stderr, /line 2: .*stands whole in its first cell/);
});

test('a whole file over REST: counts, and what was not taken as a CSV that is mended and sent again', async () => {
  const [good, bad] = [row(), row({ balance: '12.345' })];
  const send = (csv, options) => world.system.post('/v1/lines/import-file', { csv }, options);
  const first = (await send(`\ufeff${file(good, bad)}`, { key: `file-${process.pid}` })).body;
  assert.deepEqual([first.rows, first.added, first.rejected, first.rejected_rows.map(({ line: at, code }) => [at, code])], [2, 1, 1, [[3, 'invalid']]]);
  assert.equal(first.rejects.split('\n')[0], `${HEAD},reason`);
  assert.match(first.rejects, /Column `balance` must be an amount/);
  const repeated = (await send(`\ufeff${file(good, bad)}`, { key: `file-${process.pid}` })).body;
  assert.deepEqual([repeated.added, repeated.known, repeated.rejected], [0, 1, 1]);
  const mended = (await send(first.rejects.replace('12.345', '12.34'))).body;
  assert.deepEqual([mended.added, mended.rejected, mended.rejects], [1, 0, undefined]);
  assert.equal((await lineOf(bad.number)).balance.prepaid.minor, 1234);
  await refused(world.agent.post('/v1/lines/import-file', { csv: file(row()) }), 'forbidden', 403);
  await refused(send('number,colour\n'), 'invalid', 422);
});
