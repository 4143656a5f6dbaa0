// The command line: import, line show, policies and calendars, verify and backup, tokens, configuration that is refused,
// completion, and `keepline serve` with nothing configured.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simpleParser } from 'mailparser';
import { Child, temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary } from '../peers/keepline.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Client } from './client.mjs';
import { accept, declineBackup, open, reach, reportDeleted, submit } from './journey.mjs';
import { contactOf, newLine, newNumber, newProfile, newSubscriber, plain } from './people.mjs';
import { ROOT, policyFolder, run, startWorld } from './world.mjs';

const DIRECTORIES = { KEEPLINE_POLICIES_DIR: path.join(ROOT, 'policies'), KEEPLINE_CALENDARS_DIR: path.join(ROOT, 'calendars') };
const CLEAN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEEPLINE_')));

/** keepline args, in a folder of its own unless told. */
const keepline = (args, { cwd = temporaryFolder('cli'), env = {}, ...rest } = {}) => run(keeplineBinary(), args, { cwd, env: { ...CLEAN, ...DIRECTORIES, ...env }, ...rest });
async function must(args, options) {
  const { code, stdout, stderr } = await keepline(args, options);
  assert.equal(code, 0, `keepline ${args.join(' ')} → ${code}\n${stdout}\n${stderr}`);
  return args.includes('--json') ? JSON.parse(stdout) : stdout;
}

describe('policies and calendars', () => {
  test('the shipped policies are in order', async () => {
    assert.match(await must(['policy', 'check']), /\d+ policies and \d+ calendars are in order/);
    const { items } = await must(['policy', 'list', '--json']);
    for (const id of ['cn', 'ph-smart', 'us', 'gb', 'eu-pt', 'in', 'jp-povo', 'au-voda']) assert.ok(items.some((item) => item.id === id), id);
  });

  test('a policy is explained in words, in both languages', async () => {
    const english = await must(['policy', 'explain', 'cn']);
    for (const words of [/7 working days/, /90 days/]) assert.match(english, words);
    assert.match(await must(['policy', 'explain', 'cn', '--language', 'zh-CN']), /7 ?个工作日/);
    assert.notEqual(await must(['policy', 'explain', 'us']), english);
    const unknown = await keepline(['policy', 'explain', 'atlantis']);
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.stderr, /atlantis.*cn/s);
  });

  test('a policy with a mistake is refused with file, line and reason', async () => {
    const folder = policyFolder();
    writeFileSync(path.join(folder, 'bad.toml'), 'id = "bad"\ninherits = "cn"\nversion = 1\ntitle = "x"\nsource = "x"\n\n[closing]\nquarantine_days = "ninety"\n');
    const { code, stderr } = await keepline(['policy', 'check', folder]);
    assert.equal(code, 2);
    assert.match(stderr, /bad\.toml:8.*closing\.quarantine_days/s);
  });

  test('the working-day vectors pass, and a date past the calendar is provisional', async () => {
    const { vectors, provisional } = JSON.parse(readFileSync(fileURLToPath(new URL('workday-vectors.json', import.meta.url)), 'utf8'));
    for (const [start, due] of vectors) assert.equal(await must(['calendar', 'due', 'CN', start, '7']), `${due}\n`, start);
    const [[start]] = provisional;
    assert.match(await must(['calendar', 'due', 'CN', start, '7']), /^\d{4}-\d{2}-\d{2} provisional\n$/);
    assert.equal((await must(['calendar', 'due', 'CN', start, '7', '--json'])).provisional, true);
    assert.notEqual((await keepline(['calendar', 'due', 'XX', '2026-01-01', '1'])).code, 0);
    assert.notEqual((await keepline(['calendar', 'due', 'CN', '2026-02-30', '1'])).code, 0);
  });
});

describe('import', () => {
  const HEAD = 'number,policy,subscriber,language,since,valid_until,full_name,currency,balance,mail,mail_verified';

  test('a CSV: bad rows are listed with line and reason, good ones kept; again it changes nothing', async () => {
    const cwd = temporaryFolder('import');
    const [a, b, c] = [newNumber(), newNumber(), newNumber()];
    writeFileSync(path.join(cwd, 'lines.csv'), `${HEAD}\n${a},cn,csv-1,zh-CN,2020-01-01,2030-01-01,"王, 伟",CNY,12.30,w@customer.example,yes\n`
      + `12345,cn,csv-2,zh-CN,2020-01-01,2030-01-01,Bad Number,CNY,1.00,,\n${b},cn,csv-3,zh-CN,2020-01-01,2030-01-01,Bad Money,CNY,1.234,,\n`
      + `${b},nowhere,csv-4,en,2020-01-01,2030-01-01,Bad Policy,CNY,1.00,,\n${c},cn,csv-5,en,2020-01-01,2030-01-01,Good Two,CNY,,,\n`);
    const first = await keepline(['import', 'lines.csv', '--rejects', 'bad.ndjson', '--json'], { cwd });
    assert.equal(first.code, 2, 'there were bad rows');
    assert.deepEqual(JSON.parse(first.stdout), { rows: 5, added: 2, known: 0, rejected: 3 });
    assert.match(first.stderr, /line 3: /);
    assert.match(first.stderr, /line 4: .*balance/);
    assert.match(first.stderr, /line 5: .*(nowhere|policy)/i);
    assert.deepEqual(readFileSync(path.join(cwd, 'bad.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line).line).sort(), [3, 4, 5]);
    const second = await keepline(['import', 'lines.csv', '--json'], { cwd });
    assert.deepEqual(JSON.parse(second.stdout), { rows: 5, added: 0, known: 2, rejected: 3 });

    const shown = await must(['line', 'show', a, '--json'], { cwd });
    assert.deepEqual([shown.line.number, shown.line.balance.prepaid.minor, shown.line.subscriber], [a, 1230, 'csv-1']);
    assert.ok(!JSON.stringify(shown).includes('王'), 'no personal data');
    const words = await must(['line', 'show', shown.line.id, '--history'], { cwd });
    assert.ok(!words.includes(a), 'who came with the id sees the last digits only');
    assert.match(words, /line_ordered/);
    const unknown = await keepline(['line', 'show', newNumber()], { cwd });
    assert.equal(unknown.code, 4);
    await must(['verify'], { cwd });
  });

  test('NDJSON with records, a few thousand lines at once', async () => {
    const cwd = temporaryFolder('import');
    const rows = Array.from({ length: 2000 }, () => ({ subscriber: newSubscriber(), line: newLine({ policy: 'cn' }), records: { bills: [{ day: '2026-10-01', number: 'B', amount: { minor: 500, currency: 'CNY' }, text: '月租' }] } }));
    writeFileSync(path.join(cwd, 'lines.ndjson'), rows.map((row) => JSON.stringify(row)).join('\n'));
    assert.deepEqual(await must(['import', 'lines.ndjson', '--json'], { cwd }), { rows: 2000, added: 2000, known: 0, rejected: 0 });
    assert.deepEqual(await must(['import', 'lines.ndjson', '--json'], { cwd }), { rows: 2000, added: 0, known: 2000, rejected: 0 });
    const verified = await must(['verify', '--json'], { cwd });
    assert.equal(verified.ok, true);
    assert.ok(verified.streams >= 4000);
  });

  test('headings that are wrong are refused as a whole', async () => {
    const cwd = temporaryFolder('import');
    writeFileSync(path.join(cwd, 'lines.csv'), 'numbr,policy\n');
    const { code, stderr } = await keepline(['import', 'lines.csv'], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /numbr/);
  });
});

describe('the journal', () => {
  test('verify finds a changed byte and names where', async () => {
    const cwd = temporaryFolder('tamper');
    const rows = Array.from({ length: 5 }, () => ({ subscriber: newSubscriber(), line: newLine({ policy: 'cn', balance: { minor: 4321, currency: 'CNY' } }) }));
    writeFileSync(path.join(cwd, 'lines.ndjson'), rows.map((row) => JSON.stringify(row)).join('\n'));
    await must(['import', 'lines.ndjson'], { cwd });
    const copy = path.join(cwd, 'copy.db');
    await must(['backup', '--journal-only', copy], { cwd });
    await must(['verify', '--journal', copy], { cwd });
    const bytes = readFileSync(copy);
    const tampered = Buffer.from(bytes.toString('latin1').replaceAll('4321', '9321'), 'latin1');
    assert.ok(!bytes.equals(tampered), 'the balance stands in the journal');
    writeFileSync(copy, tampered);
    const { code, stderr } = await keepline(['verify', '--journal', copy], { cwd });
    assert.equal(code, 8);
    assert.match(stderr, /does not verify: .*(ln_|sub-)/);
    const again = await keepline(['backup', '--journal-only', copy], { cwd });
    assert.notEqual(again.code, 0, 'a backup never overwrites');
  });
});

describe('configuration', () => {
  const refused = async (toml, env = {}) => {
    const cwd = temporaryFolder('config');
    writeFileSync(path.join(cwd, 'k.toml'), toml);
    const outcome = await keepline(['--config', 'k.toml', 'serve'], { cwd, env, timeoutMs: 60_000 });
    assert.equal(outcome.code, 2, outcome.stderr);
    assert.equal((await keepline(['--config', 'k.toml', 'config', 'check'], { cwd, env })).stderr, outcome.stderr, 'the check says the same');
    return outcome.stderr;
  };

  test('what is wrong is refused with file, line and reason', async () => {
    assert.match(await refused('[http]\nlisten = "127.0.0.1:0"\nlissten = 5\n'), /k\.toml:3:.*lissten.*Did you mean `listen`/s);
    assert.match(await refused('[engine]\nbatch_max = "many"\n'), /k\.toml:2:.*batch_max.*number/s);
    assert.match(await refused('[sms]\n\nkind = "smpp"\n'), /k\.toml:3:.*system_id/s);
    assert.match(await refused('[mail]\nkind = "smtp"\nuser = "u"\npassword = "p"\nsecurity = "none"\n'), /k\.toml:5:.*mail\.security.*only sent over TLS/s);
    assert.match(await refused('[http\n'), /k\.toml:1:/);
    assert.match(await refused('', { KEEPLINE_HTTP_LISTNE: 'x' }), /KEEPLINE_HTTP_LISTNE.*KEEPLINE_HTTP_LISTEN/s);
  });

  test('the documented configuration is in order, an environment variable wins, secrets are masked', async () => {
    const file = path.join(ROOT, 'config/keepline.toml');
    await must(['--config', file, 'config', 'check']);
    const shown = await must(['--config', file, 'config', 'show', '--json'], { env: { KEEPLINE_HTTP_LISTEN: '127.0.0.1:9999', KEEPLINE_MAIL_USER: 'u', KEEPLINE_MAIL_PASSWORD: 'very-secret' } });
    assert.match(JSON.stringify(shown), /127\.0\.0\.1:9999/);
    assert.ok(!JSON.stringify(shown).includes('very-secret'));
  });
});

describe('help and completion', () => {
  test('every command teaches, with examples', async () => {
    for (const command of ['serve', 'import', 'line', 'closure', 'effects', 'policy', 'calendar', 'verify', 'backup', 'restore', 'keys', 'clock', 'endings', 'refunds', 'token', 'verify-certificate', 'config']) {
      const text = await must([command, '--help']);
      assert.match(text, /Examples?:/, command);
    }
    assert.match(await must(['--help']), /First steps/);
    const typo = await keepline(['closre']);
    assert.equal(typo.code, 2);
    assert.match(typo.stderr, /--help/);
  });

  test('the completion is good bash and completes', async () => {
    const cwd = temporaryFolder('completion');
    const script = path.join(cwd, 'keepline.bash');
    writeFileSync(script, await must(['completion', 'bash']));
    assert.equal((await run('bash', ['-n', script])).code, 0);
    const complete = async (line) => {
      const words = line.split(' ');
      const probe = `source ${script}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'; COMP_POINT=${line.length}; `
        + `f=$(complete -p keepline | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f keepline '${words.at(-1)}' '${words.at(-2)}'; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await run('bash', ['-c', probe])).stdout.trim().split('\n').map((word) => word.trim());
    };
    assert.ok((await complete('keepline clo')).includes('closure'));
    assert.ok((await complete('keepline closure wi')).includes('withdraw'));
    assert.ok((await complete('keepline policy ')).includes('explain'));
  });
});

describe('through a running server', () => {
  let world;
  before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  test('import by --server, and a case from the command line', async () => {
    const env = { KEEPLINE_TOKEN: world.admin.token };
    const [subscriber, line] = [newSubscriber(), newLine({ policy: 'reviewed' })];
    writeFileSync(path.join(world.folder, 'one.ndjson'), JSON.stringify({ subscriber, line }));
    const url = world.keepline.url;
    const imported = await world.cli(['import', 'one.ndjson', '--server', url, '--json'], { env: { KEEPLINE_TOKEN: world.system.token } }); // which vouches for contact points
    assert.deepEqual(JSON.parse(imported.stdout), { rows: 1, added: 1, known: 0, rejected: 0 });
    const offline = await world.cli(['import', 'one.ndjson']);
    assert.notEqual(offline.code, 0, 'one server per folder');
    assert.match(offline.stderr, /--server/);

    const opened = await world.mustCli(['closure', 'open', line.number, '--reason', 'not_needed', '--channel', 'counter', '--json'], { env });
    const told = await world.mustCli(['closure', 'eligibility', line.number, '--json'], { env });
    assert.deepEqual([told.line_id, told.can_apply, told.open_closure], [opened.line_id, true, opened.id]);
    // What is missing, all at once, for people and for machines.
    const early = await world.cli(['closure', 'submit', opened.id, '--channel', 'counter'], { env });
    assert.equal(early.code, 6);
    for (const code of ['quote-not-accepted', 'backup-undecided', 'evidence-missing']) assert.match(early.stderr, new RegExp(`^  .* \\(${code}\\): \\S`, 'm'));
    assert.deepEqual(Object.keys(JSON.parse((await world.cli(['closure', 'submit', opened.id, '--channel', 'counter', '--json'], { env })).stderr).data).sort(), ['backup-undecided', 'evidence-missing', 'quote-not-accepted']);
    const step = async (args, token = world.admin.token, input) => {
      const outcome = await world.cli(['closure', ...args, '--json'], { env: { KEEPLINE_TOKEN: token }, input });
      assert.equal(outcome.code, 0, outcome.stderr);
      return JSON.parse(outcome.stdout);
    };
    await step(['accept', opened.id, '--quote', '1']);
    await step(['decline-backup', opened.id]);
    const argv = await world.cli(['closure', 'evidence', opened.id, '--kind', 'id_document', '--method', 'counter 12', '--shown', subscriber.person.document_number], { env: { KEEPLINE_TOKEN: world.agent.token } });
    assert.equal(argv.code, 2, 'a document number is never an argument');
    assert.match(argv.stderr, /--shown is a secret/);
    await step(['evidence', opened.id, '--kind', 'id_document', '--method', 'counter 12', '--shown', '-'], world.agent.token, `${subscriber.person.document_number}\n`);
    await step(['evidence', opened.id, '--kind', 'staff_sighting', '--method', 'counter 12'], world.agent.token);
    assert.equal((await step(['submit', opened.id, '--channel', 'counter'])).stage, 'in_review');
    const queue = await step(['list'], world.reviewer.token);
    assert.deepEqual((await step(['list', '--stage', 'withdrawn'], world.reviewer.token)).items, []);
    assert.ok(JSON.stringify(queue).includes(opened.id));
    // Notices that are noted meanwhile move the case on: then the CLI says so (6), and one looks again.
    const approve = (token) => until(async () => {
      const outcome = await world.cli(['closure', 'approve', opened.id, '--reason', 'documents fit', '--json'], { env: { KEEPLINE_TOKEN: token } });
      return outcome.code !== 6 && outcome;
    }, { what: 'a decision', timeoutMs: 60_000 });
    const own = await approve(world.admin.token);
    assert.deepEqual([own.code, JSON.parse(own.stderr).code], [3, 'own-application']);
    assert.equal(JSON.parse((await approve(world.reviewer.token)).stdout).stage, 'unbinding');
    const wrong = await world.cli(['closure', 'show', 'ln_nothing123-c1', '--json'], { env });
    assert.equal(wrong.code, 4);
    assert.equal(JSON.parse(wrong.stderr).code, 'closure-missing');
    const bare = await world.cli(['closure', 'list']);
    assert.equal(bare.code, 3);
    assert.match(bare.stderr, /KEEPLINE_TOKEN/);
  });
});

describe('serve with nothing configured', () => {
  test('mail goes to a Maildir, SMS to a spool folder, and a line can be closed', async (t) => {
    const cwd = temporaryFolder('alone');
    const port = await freePort();
    // The rules as they are shipped, but nothing left to chance; and the platform that holds the profiles is believed.
    const env = { ...CLEAN, ...DIRECTORIES, KEEPLINE_POLICIES_DIR: policyFolder(), KEEPLINE_HTTP_LISTEN: `127.0.0.1:${port}`, KEEPLINE_METRICS_LISTEN: '127.0.0.1:0', KEEPLINE_HTTP_NOTIFIERS: 'me' };
    const token = (await must(['token', 'create', '--role', 'system', '--id', 'me', '--channel', 'web', '--json'], { cwd })).token;
    const server = new Child(keeplineBinary(), ['serve'], { cwd, env });
    t.after(() => server.stop());
    const api = async (method, target, { token: bearer, body, idempotencyKey, headers } = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}${target}`, { method, body: body && JSON.stringify(body), headers: { ...(body && { 'content-type': 'application/json' }), ...(bearer && { authorization: `Bearer ${bearer}` }), ...(idempotencyKey && { 'idempotency-key': idempotencyKey }), ...headers } });
      const text = await response.text();
      return { status: response.status, headers: response.headers, etag: response.headers.get('etag'), body: text && /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : text };
    };
    await server.ready(async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200, 15000);
    const client = new Client({ api }, token, { channel: 'web' });
    const [subscriber, line] = [newSubscriber({ language: 'en' }), newLine({ policy: 'cn', profiles: [newProfile()] })];
    const { id } = (await client.post('/v1/lines/import', { subscriber, line })).body;
    const closure = await open(client, id);
    await accept(client, closure);
    await declineBackup(client, closure);
    await client.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    const spool = path.join(cwd, 'keepline-data/sms');
    const messages = () => { try { return readdirSync(spool).filter((name) => !name.startsWith('.') && name.endsWith('.json')).map((name) => JSON.parse(readFileSync(path.join(spool, name), 'utf8'))); } catch { return []; } };
    const sms = await until(() => messages().find((one) => /\d{8} is your code/.test(one.text)), { what: 'the code in the spool folder', timeoutMs: 60_000 });
    assert.equal(plain(sms.to), plain(line.number));
    await client.post(`/v1/closures/${closure.id}/otp-answers`, { code: /\d{8}/.exec(sms.text)[0] });
    await submit(client, closure);
    await reportDeleted(client, id, line.profiles[0]);
    const closed = await reach(client, closure.id, 'closed');
    assert.match(closed.network[0].answer, /no HLR is configured: nothing was barred and nothing is proved/);
    const maildir = path.join(cwd, 'keepline-data/mail/new');
    const mails = await until(async () => {
      const all = await Promise.all(readdirSync(maildir).map((name) => simpleParser(readFileSync(path.join(maildir, name)))));
      return all.some((mail) => /is closed/.test(mail.subject)) && all;
    }, { what: 'the confirmation in the Maildir', timeoutMs: 60_000 });
    const confirmation = mails.find((mail) => /is closed/.test(mail.subject));
    assert.equal(confirmation.to.text, contactOf(subscriber, 'mail'));
    assert.ok(confirmation.text && confirmation.html);
    for (const folder of ['keys', 'keepline.db']) assert.ok(readdirSync(path.join(cwd, 'keepline-data')).includes(folder), folder);
    const second = await keepline(['serve'], { cwd, env: { KEEPLINE_HTTP_LISTEN: '127.0.0.1:0' }, timeoutMs: 60_000 });
    assert.notEqual(second.code, 0, 'one server per folder');
    assert.match(second.stderr, /another|already|in use/i);
  });
});
