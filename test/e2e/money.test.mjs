// Money at the end of a line and after it: where a refund goes, what the bank says of it, payments that come for no line, and
// the certificate as people read it. Against the bank's folder and the customer's own phone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { accept, apply, certificateOf, countersign, declineBackup, history, open, proveByOtp, reach, read, reportDeleted, submit } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain, yuan, spaced } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank', 'webhook'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A taken-over line, and its owner's client. */
async function holder({ person = {}, ...over } = {}, language = 'en') {
  const subscriber = newSubscriber({ language });
  Object.assign(subscriber.person, person);
  for (const name of Object.keys(person)) if (person[name] === undefined) delete subscriber.person[name];
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}

async function ends(one, closure) {
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  return reach(one.customer, closure.id, 'closed');
}

/** Closed, with its refund at the bank. */
async function closed(one) {
  const closure = await ends(one, await apply(one.customer, world.smsc, one.taken, one.number));
  return until(async () => {
    const seen = await read(one.customer, closure.id);
    return seen.refund.state === 'written' && seen;
  }, { what: 'the refund to be written', timeoutMs: 60_000 });
}

const answer = (id, settled, client = world.system) => client.post(`/v1/refunds/${id}/answer`, { settled });
const paidTo = (account) => world.bank.effects().filter((payment) => payment.account === account);
const proofAtCounter = (one) => ({ evidence: [
  { kind: 'id_document', method: 'counter 12', shown: one.subscriber.person.document_number }, { kind: 'staff_sighting', method: 'counter 12' },
] });
async function metric(name) {
  const { body } = await world.keepline.api('GET', '/metrics', { unchecked: true });
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(body.toString())?.[1] ?? 0);
}

describe('a payment for a line that has ended', () => {
  let one, kept;
  const late = () => world.system.post(`/v1/lines/${one.id}/payments`, { amount: yuan(500), reference: `late-${one.id}` });

  test('is kept as unclaimed, once, listed, counted and told', async () => {
    one = await holder();
    await closed(one);
    const before = await metric('keepline_unclaimed_payments_total');
    const taken = await late();
    assert.equal(taken.status, 202);
    assert.equal((await late()).body.serial, taken.body.serial, 'the same payment again is the same');
    const { body } = await world.agent.get('/v1/unclaimed-money');
    kept = body.items.filter((item) => item.line_id === one.id);
    assert.equal(kept.length, 1);
    assert.deepEqual([kept[0].amount, kept[0].why, kept[0].owner, kept[0].owner_has_line], [yuan(500), 'line_ended', one.subscriber.id, true]);
    assert.equal(await metric('keepline_unclaimed_payments_total'), before + 1);
    assert.ok(await metric('keepline_unclaimed_money_numbers') >= 1);
    await world.webhook.waitFor((event) => event.data.type === 'money.unclaimed');
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /of 5\.00 CNY came for the line ending/.test(sms.text));
    await refused(one.customer.get('/v1/unclaimed-money'), 'forbidden');
  });

  test('goes back to its owner when two people say so, with an EndToEndId of its own, and the bank settles it', async () => {
    const asked = await world.agent.post(`/v1/lines/${one.id}/unclaimed-money/${kept[0].serial}/return`, { to: 'owner' });
    await countersign(world.reviewer, one.id, asked);
    const [, back] = await until(() => paidTo(one.subscriber.person.refund_iban).length === 2 && paidTo(one.subscriber.person.refund_iban),
      { what: 'the payment to be given back', timeoutMs: 60_000 });
    assert.equal(back.amountMinor, 500);
    await until(async () => (await answer(back.endToEndId, true).catch((error) => error)).status === 200, { what: 'the word to be taken', timeoutMs: 60_000 });
    const { body } = await world.agent.get('/v1/unclaimed-money');
    assert.equal(body.items.filter((item) => item.line_id === one.id).length, 0);
  });

  test('goes back to the payer, whose account whoever signs can see', async () => {
    const other = await holder();
    await closed(other);
    const { body } = await world.system.post(`/v1/lines/${other.id}/top-ups`, { amount: yuan(700), reference: `late-${other.id}` });
    const account = { iban: 'DE89 3704 0044 0532 0130 00', holder: 'A Payer' };
    await refused(world.agent.post(`/v1/lines/${other.id}/unclaimed-money/${body.serial}/return`, { to: 'payer' }), 'invalid');
    const asked = await world.agent.post(`/v1/lines/${other.id}/unclaimed-money/${body.serial}/return`, { to: 'payer', account });
    const seen = (await world.reviewer.get(`/v1/lines/${other.id}/unclaimed-money/${body.serial}/payer?reason=before%20I%20sign`)).body;
    assert.deepEqual(seen, { iban: 'DE89370400440532013000', holder: 'A Payer' });
    await countersign(world.reviewer, other.id, asked);
    const [paid] = await world.bank.waitFor({ account: 'DE89370400440532013000' });
    assert.deepEqual([paid.amountMinor, paid.creditor], [700, 'A Payer']);
    for (const entry of await history(world.agent, other.id)) assert.ok(!JSON.stringify(entry).includes('0532013000'), 'no account in the journal');
  });
});

describe('the account for a refund', () => {
  test('is asked for before submission; cash or nothing are choices where the policy knows them', async () => {
    const one = await holder({ person: { refund_iban: undefined, refund_holder: undefined } });
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await declineBackup(one.customer, closure);
    const missing = await refused(submit(one.customer, closure), 'account-missing', 422);
    assert.match(missing.data('account-missing'), /12\.34 CNY.*cash.*give it up/);
    const chosen = (await one.customer.post(`/v1/closures/${closure.id}/payout`, { how: 'waive' })).body;
    assert.equal(chosen.payout, 'waive');
    await submit(one.customer, closure);
    const done = await ends(one, closure);
    assert.equal(done.refund.state, 'waived');
    const { body } = await one.customer.get(`/v1/lines/${one.id}/balance`);
    assert.deepEqual([body.prepaid.minor, body.refund_pending.minor], [0, 0]);
  });

  test('in cash it is handed out when two people say so', async () => {
    const one = await holder({ person: { refund_iban: undefined, refund_holder: undefined } });
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await one.customer.post(`/v1/closures/${closure.id}/payout`, { how: 'cash' });
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await declineBackup(one.customer, closure);
    await submit(one.customer, closure);
    const { refund } = await ends(one, closure);
    assert.equal(refund.state, 'to_collect');
    await countersign(world.second, one.id, await answer(refund.id, true, world.reviewer));
    assert.equal((await read(one.customer, closure.id)).refund.state, 'settled');
  });

  test('named after the end it is a change: told with both tails, proved, and only then the waiting refund goes by itself', async () => {
    const one = await holder({ balance: yuan(0), person: { refund_iban: undefined, refund_holder: undefined } });
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    await world.system.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900), reference: `between-${one.id}` });
    const done = await ends(one, closure);
    assert.equal(done.refund.state, 'waiting');
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /name the account/.test(sms.text));
    const account = '6222021234567890128';
    await refused(one.customer.post(`/v1/lines/${one.id}/refund-orders`, {}), 'blocked');
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: account, holder: 'Avery Quinn' });
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /account for refunds.*0128/.test(sms.text));
    await refused(one.customer.post(`/v1/lines/${one.id}/refund-orders`, {}), 'evidence-too-weak');
    assert.equal(paidTo(account).length, 0);
    await countersign(world.reviewer, one.id, await world.agent.post(`/v1/lines/${one.id}/refund-orders`, proofAtCounter(one)));
    const [paid] = await world.bank.waitFor({ account });
    assert.equal(paid.amountMinor, 900);
  });

  test('is brought into the form that banks take, wherever it enters, and a mistyped one is refused with words', async () => {
    const one = await holder({ person: { refund_iban: 'de89 3704 0044 0532 0130 00', refund_bic: 'cobadeff' } });
    const { body: person } = await one.customer.get(`/v1/subscribers/${one.subscriber.id}/person`);
    assert.deepEqual([person.refund_iban, person.refund_bic], ['DE89370400440532013000', 'COBADEFF']);
    const name = (iban) => one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban, holder: 'Avery Quinn' });
    assert.match((await refused(name('DE98370400440532013000'), 'invalid')).problem.detail, /check digits/);
    assert.match((await refused(name('DE8937040044053201300'), 'invalid')).problem.detail, /have 22/);
    assert.match((await refused(name('6222021234567890123'), 'invalid')).problem.detail, /last digit/);
    const subscriber = newSubscriber();
    subscriber.person.refund_iban = 'PT50000201231234567890155';
    await refused(world.system.post('/v1/lines/import', { subscriber, line: newLine() }), 'invalid');
    const closure = await closed(one);
    const xml = readFileSync(path.join(world.bank.folder, closure.refund.file), 'utf8');
    assert.match(xml, /<IBAN>DE89370400440532013000<\/IBAN>/);
    assert.match(xml, /<BICFI>COBADEFF<\/BICFI>/);
    assert.ok(!xml.includes('NOTPROVIDED'));
  });

  test('another holder beside the same number is another account: it holds a submitted case', async () => {
    const one = await holder();
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: one.subscriber.person.refund_iban, holder: 'Somebody Else' });
    await until(async () => (await read(one.customer, closure.id)).stage === 'in_review', { what: 'the case to be held', timeoutMs: 60_000 });
    assert.equal((await read(world.reviewer, closure.id)).refund_account_questioned, true);
  });
});

describe('the bank\'s word', () => {
  test('about an earlier order, after the refund was paid again, is booked when a second person has looked, and pays nothing', async () => {
    const one = await holder();
    const closure = await closed(one);
    const first = closure.refund.id;
    await answer(first, false);
    const account = '6222020000000000018';
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: account, holder: 'Avery Quinn' });
    await until(async () => (await world.agent.get(`/v1/lines/${one.id}/history?limit=200`)).body.items.some((entry) => entry.events.some((event) => event.type === 'contacts_taken' && event.account_changed)),
      { what: 'the line to hear of the account', timeoutMs: 60_000 });
    await countersign(world.reviewer, one.id, await world.agent.post(`/v1/lines/${one.id}/refund-orders`, proofAtCounter(one)));
    await world.bank.waitFor({ account });
    const now = await read(one.customer, closure.id);
    assert.notEqual(now.refund.id, first);
    assert.deepEqual(now.refund.earlier, [{ id: first, amount: yuan(1234), state: 'returned' }]);
    assert.equal((await answer(first, false)).body.state, 'returned', 'said before');
    const before = await metric('keepline_refunds_contradicted_total');
    await countersign(world.reviewer, one.id, await answer(first, true));
    assert.equal((await read(one.customer, closure.id)).refund.earlier[0].state, 'settled');
    assert.equal(await metric('keepline_refunds_contradicted_total'), before + 1);
    await answer(now.refund.id, false);
    const { body: balance } = await one.customer.get(`/v1/lines/${one.id}/balance`);
    assert.equal(balance.prepaid.minor, 0, 'they have it by the first order');
    assert.equal(paidTo(account).length, 1);
    assert.deepEqual(world.bank.repeats, []);
  });

  test('takes the EndToEndId, also by the closure\'s id where the body names it, and nothing else', async () => {
    const one = await holder();
    const closure = await closed(one);
    await refused(answer('KL00000000000000000000000000000000', true), 'not-found', 404);
    await refused(world.system.post(`/v1/refunds/${closure.id}/answer`, { settled: true }), 'invalid', 422);
    await refused(world.system.post(`/v1/refunds/${closure.refund.id}/answer`, { refund: 'KL1', settled: true }), 'invalid', 422);
    await refused(world.agent.get(`/v1/lines/${closure.refund.id}`), 'not-found', 404);
    const settled = (await answer(closure.refund.id, true)).body;
    assert.equal(settled.refund.state, 'settled');
    assert.equal((await world.system.post(`/v1/refunds/${closure.id}/answer`, { refund: closure.refund.id, settled: true })).body.id, closure.id);
    // Banks bring ids back in any case of letters; the same word again says nothing new.
    for (const odd of [closure.refund.id.toUpperCase(), closure.refund.id.toLowerCase()]) {
      assert.equal((await answer(odd, true)).status, 200, odd);
    }
  });
});

describe('the certificate', () => {
  const page = (client, id, language) => client.get(`/v1/closures/${id}/certificate`, { headers: { accept: 'text/html', 'accept-language': language } });

  test('is a page to read and print in both languages, and says what is true: ordered, and what the bank said since', async () => {
    const one = await holder({}, 'zh-CN');
    const closure = await closed(one);
    await certificateOf(one.customer, closure.id);
    const english = (await page(one.customer, closure.id, 'en')).body.toString();
    for (const words of ['Certificate of closing', spaced(one.number), closure.reference, 'ordered, not yet paid', closure.refund.id, '12.34 CNY', 'signed by the device']) {
      assert.ok(english.includes(words), `${words} is missing:\n${english}`);
    }
    for (const secret of [one.subscriber.person.full_name, one.subscriber.person.refund_iban]) assert.ok(!english.includes(secret));
    await answer(closure.refund.id, true);
    const chinese = (await page(one.customer, closure.id, 'zh-CN')).body.toString();
    assert.match(chinese, /号码注销凭证/);
    assert.match(chinese, /退款目前状态.*已到账/s);
    for (const [of, words] of [[english, 'the network refuses the card'], [chinese, '此卡接入网络被拒绝']]) {
      assert.ok(of.includes(words), of);
      assert.ok(!of.includes('UpdateLocation'), of);
    }
    const network = /<h2>网络[^]*?<table>([^]*?)<\/table>/.exec(chinese)[1].replace(/<[^>]*>/g, ' ');
    assert.doesNotMatch(network, /[A-Za-z]{2}/, 'every word of the network is the reader\'s');
    assert.match((await page(one.customer, closure.id, 'fr, *;q=0.5')).body.toString(), /号码注销凭证/, 'the reader\'s language is none of ours: the customer\'s');
    const file = path.join(world.folder, 'certificate.html');
    await world.mustCli(['closure', 'certificate', closure.id, '--html', '--out', file], { env: { KEEPLINE_TOKEN: world.agent.token } });
    assert.match(readFileSync(file, 'utf8'), /<h1>/);
  });

  test('and the old case are still the owner\'s after a reinstatement', async () => {
    const one = await holder();
    const closure = await closed(one);
    await certificateOf(one.customer, closure.id);
    const counter = world.agent.through('counter');
    for (const proof of proofAtCounter(one).evidence) await counter.post(`/v1/closures/${closure.id}/evidence`, { ...proof, passed: true });
    await countersign(world.reviewer, one.id, await counter.post(`/v1/lines/${one.id}/reinstatement`));
    const line = (await one.customer.get(`/v1/lines/${one.id}`)).body;
    assert.notEqual(line.status, 'ended');
    const old = await read(one.customer, closure.id);
    assert.deepEqual([old.stage, old.has_certificate, old.refund.id], ['closed', true, closure.refund.id]);
    await open(one.customer, one.id);  // the old case is one of the past now
    const past = await read(one.customer, closure.id);
    assert.deepEqual([past.stage, past.has_certificate, past.refund.id], ['closed', true, closure.refund.id]);
    assert.match((await one.customer.get(`/v1/closures/${closure.id}/certificate`)).body.toString(), /^[\w-]+\.[\w-]+\.[\w-]+\s*$/);
    assert.match((await page(one.customer, closure.id, 'en')).body.toString(), /Certificate of closing/);
  });
});
