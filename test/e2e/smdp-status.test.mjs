// Every status code that ES9+ can answer with (SGP.22 §5.6; src/rsp/status_codes.def), provoked by a phone that misbehaves, by a card with
// broken certificates, by what the order says, or by what happens to it between two calls. Each row: what is done, what the SM-DP+ must say,
// and that neither the order nor the session is the worse for it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { codeOf, startSmdpWorld } from './smdp.mjs';
import { ROOT } from './world.mjs';

const OTHER_EID = '89049032000000000000000000099976';

/** The statuses of ES2+ alone are provoked, under their names, by these; and those that nothing here answers. */
const ELSEWHERE = ['smdp-es2.test.mjs', 'smdp-smds.test.mjs'].map((name) => readFileSync(path.join(ROOT, 'test/e2e', name), 'utf8')).join('');
const NEVER = ['requester_not_allowed']; // roles are kept by HTTP 403

let world, honest;

before(async () => {
  world = await startSmdpWorld({
    pki: { cards: 24, negative: true },
    config: ({ pki, ports }) => {
      const names = { address: `localhost:${ports.tls}`, more_addresses: ['dp.keepline.test'], certificates: pki.sets };
      return {
        smdp: [
          { name: 'tls', listen: `127.0.0.1:${ports.tls}`, ...names },
          { name: 'plain', listen: `127.0.0.1:${ports.plain}`, ...names, tls: false },
          // Trusts the other curve's CI, but has no certificate of it.
          { name: 'half', listen: `127.0.0.1:${ports.es2}`, address: `localhost:${ports.es2}`, certificates: [pki.at('nist')], more_roots: [pki.at('brainpool', 'ci.cert.pem')] },
        ],
        profile_type: [{ name: 'basic', provider_name: 'Keepline' }, { name: 'fading', provider_name: 'Fading' }],
      };
    },
  });
  honest = await world.phone();
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const download = (phone, esim, how) => phone.download(codeOf(esim), how);
const misbehaving = (...misbehave) => async () => {
  const esim = await world.order();
  return { esim, failure: await honest.fails(download(honest, esim, { misbehave })) };
};
/** A phone with a card of `pki make --negative`. */
const broken = (name) => async () => {
  const esim = await world.order();
  const phone = await world.phone({ eid: null, pki: world.pki.negativeCard(name) });
  return { esim, failure: await phone.fails(download(phone, esim)) };
};
const ordered = (body, how) => async () => {
  const esim = await world.order(typeof body === 'function' ? body() : body);
  return { esim, failure: await honest.fails(download(honest, esim, how)) };
};
/** Something happens to the order before this call of an honest phone behind the proxy. */
const meanwhile = (name, act, body = {}) => async () => {
  const phone = await world.phone({ front: true });
  const esim = await world.order(typeof body === 'function' ? body() : body);
  world.front.before(name, () => act(esim));
  return { esim, failure: await phone.fails(download(phone, esim)) };
};
const inSeconds = (n) => new Date(Date.now() + n * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

/** [status, function, codes, what is done, how, the state of the order afterwards (released unless said)] */
const CASES = [
  // -- any function
  ['malformed', 'initiateAuthentication', '1.6/2.1', 'a body that is no JSON', misbehaving('bad-json')],
  ['malformed', 'authenticateClient', '1.6/2.1', 'Base64 that is none', misbehaving('bad-base64')],
  ['malformed', 'authenticateClient', '1.6/2.1', 'a response that ends too early', misbehaving('truncated-authenticate')],
  ['malformed', 'authenticateClient', '1.6/2.1', 'random bytes', misbehaving('garbage-authenticate')],
  ['malformed', 'authenticateClient', '1.6/2.1', 'a response with another element behind it', misbehaving('trailing-authenticate')],
  ['malformed', 'getBoundProfilePackage', '1.6/2.1', 'a response that ends too early', misbehaving('truncated-prepare')],
  ['element_missing', 'initiateAuthentication', '1.6/2.2', 'no euiccInfo1', misbehaving('missing-field')],
  ['server_failed', 'getBoundProfilePackage', '8.8/4.2', 'a profile type that is not configured any more', async () => {
    const [iccid] = await world.provide(1, { type: 'fading' });
    const esim = await world.order({ iccid });
    const { config } = world.keepline;
    await world.keepline.restart({ config: { ...config, profile_type: config.profile_type.slice(0, 1) } });
    const failure = await honest.fails(download(honest, esim));
    await world.keepline.restart({ config });
    return { esim, failure };
  }],
  // -- ES9+.InitiateAuthentication
  ['address_refused', 'initiateAuthentication', '8.8.1/3.8', 'an address that is not the server\'s', misbehaving('wrong-address')],
  ['svn_unsupported', 'initiateAuthentication', '8.8.3/3.1', 'an eUICC of SGP.22 v1', misbehaving('unsupported-svn')],
  ['ci_keys_unsupported', 'initiateAuthentication', '8.8.2/3.1', 'an eUICC that knows no CI of the server', misbehaving('unknown-ci')],
  ['ci_keys_unsupported', 'initiateAuthentication', '8.8.2/3.1', 'a card of another root', async () => {
    const esim = await world.order();
    const phone = await world.phone({ eid: null, pki: world.pki.negativeCard('foreign-ci'), tlsRoots: [world.pki.at('nist', 'ci.cert.pem')] });
    return { esim, failure: await phone.fails(download(phone, esim)) };
  }],
  ['certificate_unavailable', 'initiateAuthentication', '8.8.4/3.7', 'a CI that is trusted, for which the server has no certificate', async () => {
    const esim = await world.order();
    const eid = world.pki.eids[world.phonesMade++];
    const phone = await world.phone({ eid: null, pki: world.pki.card(eid, 'brainpool'), tlsRoots: [world.pki.at('nist', 'ci.cert.pem')] });
    return { esim, failure: await phone.fails(phone.download(codeOf(esim, `localhost:${world.ports.es2}`))) };
  }],
  // -- ES9+.AuthenticateClient: what is proved
  ['transaction_unknown', 'authenticateClient', '8.10.1/3.9', 'another transaction id outside', misbehaving('wrong-tx-authenticate')],
  ['transaction_unknown', 'authenticateClient', '8.10.1/3.9', 'another transaction id inside, signed', misbehaving('wrong-tx-signed-1')],
  ['transaction_unknown', 'authenticateClient', '8.10.1/3.9', 'the same call a second time', misbehaving('repeat-authenticate')],
  ['transaction_unknown', 'authenticateClient', '8.10.1/3.9', 'the response of the download before', async () => {
    const phone = await world.phone();
    await download(phone, await world.order());
    const esim = await world.order();
    return { esim, failure: await phone.fails(download(phone, esim, { misbehave: ['replay-authenticate'] })) };
  }],
  ['ci_unknown', 'authenticateClient', '8.11.1/3.9', 'a certificate of no CI where the EUM\'s belongs', misbehaving('foreign-eum')],
  ['eum_certificate_invalid', 'authenticateClient', '8.1.2/6.1', 'an EUM with the role of an eUICC', broken('eum-wrong-role')],
  ['eum_certificate_invalid', 'authenticateClient', '8.1.2/6.1', 'an EUM that is no authority', broken('eum-not-ca')],
  ['eum_certificate_invalid', 'authenticateClient', '8.1.2/6.1', 'an EUM that the root revoked', broken('eum-revoked')],
  ['eum_certificate_expired', 'authenticateClient', '8.1.2/6.3', 'an EUM that expired yesterday', broken('eum-expired')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'an eUICC with the role of DPauth', broken('wrong-role')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'an eUICC without a role', broken('no-role')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'an eUICC whose key may not sign', broken('wrong-key-usage')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'an EID outside what the EUM may give out', broken('outside-constraint')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'an eUICC that names another manufacturer', broken('foreign-organization')],
  ['euicc_certificate_invalid', 'authenticateClient', '8.1.3/6.1', 'a signature of the EUM that does not hold', broken('bad-signature')],
  ['euicc_certificate_expired', 'authenticateClient', '8.1.3/6.3', 'an eUICC certificate that expired yesterday', broken('expired')],
  ['euicc_certificate_expired', 'authenticateClient', '8.1.3/6.3', 'an eUICC certificate that begins tomorrow', broken('not-yet-valid')],
  ['euicc_signature_invalid', 'authenticateClient', '8.1/6.1', 'a flipped bit in euiccSignature1', misbehaving('bad-signature-1')],
  ['euicc_signature_invalid', 'authenticateClient', '8.1/6.1', 'euiccSignature1 by another key', misbehaving('other-key-signature-1')],
  ['euicc_signature_invalid', 'authenticateClient', '8.1/6.1', 'another serverChallenge, signed', misbehaving('wrong-challenge')],
  ['euicc_signature_invalid', 'authenticateClient', '8.1/6.1', 'another serverAddress, signed', misbehaving('wrong-address-signed')],
  ['euicc_reported_error', 'authenticateClient', '8.1/4.2', 'an error object of the eUICC', misbehaving('error-object-1')],
  ['euicc_reported_error', 'authenticateClient', '8.1/4.2', 'an eUICC without a challenge', misbehaving('no-challenge')],
  // -- ES9+.AuthenticateClient: what the order says
  ['matching_id_refused', 'authenticateClient', '8.2.6/3.8', 'a matching ID that nobody has', async () => ({ failure: await honest.fails(honest.download(`LPA:1$${world.address}$NOBODY`)) })],
  ['eid_mismatch', 'authenticateClient', '8.1.1/3.8', 'no matching ID, and nothing waits for this EID', async () =>
    ({ failure: await honest.fails(honest.download(`LPA:1$${world.address}$`, { omitMatchingId: true })) })],
  ['eid_mismatch', 'authenticateClient', '8.1.1/3.8', 'an order for another EID', ordered({ eid: OTHER_EID })],
  ['not_released', 'authenticateClient', '8.2/1.2', 'an order that is confirmed, not released', ordered({ release: false }), 'confirmed'],
  ['no_eligible_profile', 'authenticateClient', '8.2.5/4.3', 'a policy rule that the eUICC forbids', async () => {
    const esim = await world.order({ metadata: { forbid_delete: true } });
    const phone = await world.phone({ init: ['--no-policy-rules'] });
    return { esim, failure: await phone.fails(download(phone, esim)) };
  }],
  ['insufficient_memory', 'authenticateClient', '8.1/4.8', 'an eUICC without room', misbehaving('no-memory')],
  ['insufficient_memory', 'authenticateClient', '8.1/4.8', 'an eUICC with too little room', async () => {
    const esim = await world.order();
    const phone = await world.phone({ init: ['--memory', '500'] });
    return { esim, failure: await phone.fails(download(phone, esim)) };
  }],
  ['order_expired', 'authenticateClient', '8.8.5/4.10', 'an order that expired', async () => {
    const esim = await world.order({ limits: { expires_at: inSeconds(1) } });
    await until(() => Date.parse(esim.order.limits.expires_at) < Date.now() - 200, { what: 'the expiry' });
    return { esim, failure: await honest.fails(download(honest, esim)) };
  }, 'error'],
  ['download_tries_exceeded', 'authenticateClient', '8.8.5/6.4', 'one download too many', async () => {
    const esim = await world.order({ limits: { downloads: 2 } });
    for (let i = 0; i < 2; ++i) assert.equal((await honest.cancel(codeOf(esim), { reason: 'postponed' })).cancelled, true);
    return { esim, failure: await honest.fails(download(honest, esim)) };
  }, 'error'],
  // -- ES9+.GetBoundProfilePackage
  ['transaction_unknown', 'getBoundProfilePackage', '8.10.1/3.9', 'another transaction id outside', misbehaving('wrong-tx-bpp')],
  ['transaction_unknown', 'getBoundProfilePackage', '8.10.1/3.9', 'another transaction id inside, signed', misbehaving('wrong-tx-signed-2')],
  ['transaction_unknown', 'getBoundProfilePackage', '8.10.1/3.9', 'a session that was never authenticated', misbehaving('skip-authenticate')],
  ['euicc_signature_invalid', 'getBoundProfilePackage', '8.1/6.1', 'a flipped bit in euiccSignature2', misbehaving('bad-signature-2')],
  ['euicc_signature_invalid', 'getBoundProfilePackage', '8.1/6.1', 'an otPK.EUICC that is no point of the curve', misbehaving('otpk-off-curve')],
  ['euicc_signature_invalid', 'getBoundProfilePackage', '8.1/6.1', 'the response of the download before', async () => {
    const phone = await world.phone();
    await download(phone, await world.order());
    const esim = await world.order();
    return { esim, failure: await phone.fails(download(phone, esim, { misbehave: ['replay-prepare'] })) };
  }],
  ['euicc_reported_error', 'getBoundProfilePackage', '8.1/4.2', 'an error object of the eUICC', misbehaving('error-object-2')],
  ['confirmation_missing', 'getBoundProfilePackage', '8.2.7/2.2', 'no hashCc where a code is required', ordered({ confirmation_code: '1234' }, { misbehave: ['no-hash-cc'] })],
  ['confirmation_refused', 'getBoundProfilePackage', '8.2.7/3.8', 'a wrong confirmation code', ordered({ confirmation_code: '1234' }, { confirmationCode: '4321' })],
  ['confirmation_refused', 'getBoundProfilePackage', '8.2.7/3.8', 'the right code, hashed wrongly', ordered({ confirmation_code: '1234' }, { confirmationCode: '1234', misbehave: ['wrong-hash-cc'] })],
  ['confirmation_refused', 'getBoundProfilePackage', '8.2.7/3.8', 'the right code, hashed as packed digits where that was not wanted',
    ordered({ confirmation_code: '1234' }, { confirmationCode: '1234', misbehave: ['hex-hash-cc'] })],
  ['confirmation_tries_exceeded', 'getBoundProfilePackage', '8.2.7/6.4', 'the last wrong confirmation code', async () => {
    const esim = await world.order({ confirmation_code: '1234', limits: { codes: 2 } });
    assert.equal((await honest.fails(download(honest, esim, { confirmationCode: '1' }))).said, 'getBoundProfilePackage 8.2.7/3.8');
    return { esim, failure: await honest.fails(download(honest, esim, { confirmationCode: '2' })) };
  }, 'error'],
  ['confirmation_tries_exceeded', 'authenticateClient', '8.2.7/6.4', 'the right code after too many wrong ones', async () => {
    const esim = await world.order({ confirmation_code: '1234', limits: { codes: 1 } });
    await honest.fails(download(honest, esim, { confirmationCode: '1' }));
    return { esim, failure: await honest.fails(download(honest, esim, { confirmationCode: '1234' })) };
  }, 'error'],
  ['binding_unavailable', 'getBoundProfilePackage', '8.2/3.7', 'an order that was cancelled between two calls',
    meanwhile('getBoundProfilePackage', (esim) => world.system.post(`/v1/esims/${esim.iccid}/cancellation`, { final: 'unavailable' })), 'unavailable'],
  ['order_expired', 'getBoundProfilePackage', '8.8.5/4.10', 'an order that expired between two calls',
    meanwhile('getBoundProfilePackage', async (esim) => {
      await until(() => Date.parse(esim.order.limits.expires_at) < Date.now() - 200, { what: 'the expiry', timeoutMs: 60_000 });
    }, () => ({ limits: { expires_at: inSeconds(4) } })), 'error'],
  // -- ES9+.CancelSession
  ['transaction_unknown', 'cancelSession', '8.10.1/3.9', 'a session that was never authenticated', async () => {
    const esim = await world.order();
    return { esim, failure: await honest.fails(honest.cancel(codeOf(esim), { at: 'authenticated' })) };
  }],
  ['transaction_unknown', 'cancelSession', '8.10.1/3.9', 'another transaction id inside, signed', async () => {
    const esim = await world.order();
    return { esim, failure: await honest.fails(honest.cancel(codeOf(esim), { misbehave: ['cancel-wrong-tx'] })) };
  }],
  ['euicc_signature_invalid', 'cancelSession', '8.1/6.1', 'a flipped bit in the signature', async () => {
    const esim = await world.order();
    return { esim, failure: await honest.fails(honest.cancel(codeOf(esim), { misbehave: ['cancel-bad-signature'] })) };
  }],
  ['oid_mismatch', 'cancelSession', '8.8/3.10', 'the OID of another SM-DP+', async () => {
    const esim = await world.order();
    return { esim, failure: await honest.fails(honest.cancel(codeOf(esim), { misbehave: ['cancel-wrong-oid'] })) };
  }],
];

describe('ES9+ answers', () => {
  for (const [status, name, codes, words, act, state = 'released'] of CASES) {
    test(`${name} ${codes}: ${words}`, async () => {
      const { esim, failure } = await act();
      assert.equal(failure.said, `${name} ${codes}`, failure.message);
      assert.ok(failure.facts.message, 'with words');
      if (esim) assert.equal((await world.untilState(esim.iccid, state)).state, state);
      assert.ok((await world.metric(`keepline_rsp_requests_total{function="${name}",outcome="${status}"}`)) >= 1 || status === 'server_failed', 'counted under its name');
    });
  }

  test('every status of the table is provoked here, in smdp-es2 or in smdp-smds', () => {
    const all = [...readFileSync(path.join(ROOT, 'src/rsp/status_codes.def'), 'utf8').matchAll(/^X\((\w+), "([\d.]+)", "([\d.]+)"/gm)];
    assert.ok(all.length > 40);
    const here = new Map(CASES.map(([status, , codes]) => [status, codes]));
    for (const [, name, subject, reason] of all) {
      if (here.has(name)) assert.equal(here.get(name), `${subject}/${reason}`);
      else assert.ok(ELSEWHERE.includes(`'${name}'`) || NEVER.includes(name), `nothing provokes ${name}`);
    }
  });
});

describe('ES9+ withstands', () => {
  for (const [how, name] of [['oversized-authenticate', 'authenticateClient'], ['oversized-prepare', 'getBoundProfilePackage']]) {
    test(`a response of two megabytes (${name})`, async () => {
      const esim = await world.order();
      const failure = await honest.fails(download(honest, esim, { misbehave: [how] }));
      assert.ok([`${name} HTTP 413`, `${name} 1.6/2.1`].includes(failure.said) || /connection|reset|send/i.test(failure.words), failure.message);
      assert.equal((await download(honest, esim)).installed, true, 'and serves the next one');
    });
  }

  test('what a broken call leaves behind: the same phone downloads the same order afterwards', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    for (const how of ['bad-signature-1', 'wrong-tx-authenticate', 'truncated-authenticate', 'bad-signature-2', 'wrong-tx-bpp', 'truncated-prepare'])
      await phone.fails(download(phone, esim, { misbehave: [how] }));
    assert.equal((await download(phone, esim)).installed, true);
  });

  test('unknown extensions, transaction ids in the other letter case and a repeated request for the package', async () => {
    const phone = await world.phone();
    for (const how of [['unknown-extensions'], ['upper-case-tx'], ['unknown-extensions', 'upper-case-tx'], ['repeat-bpp']])
      assert.equal((await download(phone, await world.order(), { misbehave: how })).installed, true, how.join());
  });

  test('other CI keys inside the signed euiccInfo2 than outside', async () => {
    const esim = await world.order();
    const phone = await world.phone();
    const outcome = await download(phone, esim, { misbehave: ['other-ci-signed'] }).catch((error) => error);
    assert.ok(outcome.installed || /^authenticateClient 8\./.test(outcome.said), outcome.message);
  });

  test('a phone whose download broke gets its package again, bound to the one-time key that it had', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    await download(phone, esim, { misbehave: ['no-bpp-load'] });
    assert.equal((await world.esim(esim.iccid)).state, 'downloaded');
    const again = await download(phone, esim);
    assert.deepEqual([again.installed, again.rebound], [true, true]);
  });

  test('a phone that takes a new one-time key all the same', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    await download(phone, esim, { misbehave: ['no-bpp-load'] });
    assert.equal((await download(phone, esim, { misbehave: ['fresh-otpk'] })).installed, true);
  });

  test('another eUICC does not get what the first one was given', async () => {
    const [first, second] = [await world.phone(), await world.phone()];
    const esim = await world.order();
    await download(first, esim, { misbehave: ['no-bpp-load'] });
    assert.equal((await second.fails(download(second, esim))).said, 'authenticateClient 8.1.1/3.8');
  });

  test('what is drawn at random never comes twice: transaction ids, challenges, one-time keys', async () => {
    const phone = await world.phone({ front: true });
    for (let i = 0; i < 4; ++i) await download(phone, await world.order(), { misbehave: ['no-bpp-load'] });
    const said = (name, member) => world.front.calls.filter((one) => one.name === name && one.status === 200).map((one) => JSON.parse(one.body)[member]).filter(Boolean);
    for (const [name, member] of [['initiateAuthentication', 'transactionId'], ['initiateAuthentication', 'serverSigned1'], ['getBoundProfilePackage', 'boundProfilePackage']]) {
      const values = said(name, member);
      assert.ok(values.length >= 4, `${name} ${member}`);
      assert.equal(new Set(values).size, values.length, `${name} ${member}`);
    }
  });

  for (const svn of ['2.0.0', '2.2.1', '2.2.2', '2.3.0', '2.5.0', '2.6.1', '2.7.0']) {
    test(`an eUICC of SGP.22 v${svn}`, async () => {
      const phone = await world.phone({ eid: world.pki.eids[22], init: ['--svn', svn] });
      assert.equal((await download(phone, await world.order())).installed, true);
    });
  }

  test('both curves: a card that has only keys of brainpoolP256r1, and one that has only keys of P-256', async () => {
    for (const curve of ['brainpool', 'nist']) {
      const eid = world.pki.eids[world.phonesMade++];
      const phone = await world.phone({ eid: null, pki: world.pki.card(eid, curve), tlsRoots: [world.pki.at('nist', 'ci.cert.pem')] });
      assert.equal((await download(phone, await world.order())).installed, true, curve);
    }
  });
});

describe('a cancelled session', () => {
  for (const at of ['metadata', 'prepared', 'package']) {
    test(`postponed or timed out at "${at}" leaves the order as it is`, async () => {
      const phone = await world.phone({ eid: world.pki.eids[23] });
      for (const reason of ['postponed', 'timeout']) {
        const esim = await world.order();
        assert.equal((await phone.cancel(codeOf(esim), { at, reason })).cancelled, true);
        assert.equal((await world.esim(esim.iccid)).state, at === 'package' ? 'downloaded' : 'released');
        assert.equal((await download(phone, esim)).installed, true);
      }
    });
  }

  for (const [reason, failedBy] of [['end-user-rejection', 'refused_by_user'], ...['ppr-not-allowed', 'metadata-mismatch', 'load-error', 'undefined'].map((one) => [one, 'refused_by_device'])]) {
    test(`for the reason "${reason}" ends the order; a reset issues it again`, async () => {
      const esim = await world.order();
      assert.equal((await honest.cancel(codeOf(esim), { reason })).cancelled, true);
      const ended = await world.esim(esim.iccid);
      assert.deepEqual([ended.state, ended.order.failed_by, ended.outstanding, ended.next.may], ['error', failedBy, ['decision'], ['reset', 'rebind', 'cancel']]);
      assert.ok(ended.order.failure_words);
      assert.equal((await honest.fails(download(honest, esim))).said, 'authenticateClient 8.2/1.2');
      await world.system.post(`/v1/esims/${esim.iccid}/reset`, {});
      assert.equal((await download(honest, esim)).installed, true);
    });
  }
});

describe('an installation that fails', () => {
  for (const reason of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 127]) {
    const state = reason === 10 || reason === 11 ? 'released' : 'error'; // no room and an interruption are gone the next time
    test(`errorReason ${reason} is kept with the order, which may be tried again if that may help`, async () => {
      const esim = await world.order();
      const done = await download(honest, esim, { misbehave: [`install-error=${reason}`] });
      assert.deepEqual([done.installed, done.error_reason, done.notifications_sent], [false, reason, 1]);
      const now = await world.esim(esim.iccid);
      assert.deepEqual([now.state, now.downloads.at(-1).result], [state, 'failed']);
      if (state === 'error') assert.match(now.order.failure_words, /\w{5,}/);
      else assert.equal((await download(honest, esim)).installed, true, 'it may be tried again');
    });
  }
});
