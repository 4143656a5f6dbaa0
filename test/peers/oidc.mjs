// A provider of identities as staff sign in by it: npm's oidc-provider on a port of this machine, and a browser that goes there and comes back.

import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

export const CLIENT = 'keepline';
export const STRONG = 'phrh';
export const SECRET = 'a secret of the test';

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: crypto.randomUUID() };
}

/**
 * `people`: subject → { name, groups }; may be changed while it runs. `origin`: the console's.
 * `logoutTo`: where keepline listens, for the back channel; `alg`: what it signs with. `proves`: how whoever is asked for a way of proving does it (`acr`);
 * may be changed while it runs.
 */
export async function startOidc({ port, origin, people, logoutTo, alg = 'RS256' }) {
  const issuer = `http://127.0.0.1:${port}`;
  const here = { issuer, people, server: null, sitting: undefined, proves: undefined }; // in front of every browser that does not say who is
  here.start = async (algorithm = alg) => {
    const provider = new Provider(issuer, {
      clients: [{
        client_id: CLIENT, client_secret: SECRET, redirect_uris: [`${origin}/console/oidc/return`], post_logout_redirect_uris: [`${origin}/console/`],
        backchannel_logout_uri: `${logoutTo}/console/oidc/logout`, backchannel_logout_session_required: true, id_token_signed_response_alg: algorithm,
      }],
      jwks: { keys: [await newKey(algorithm)] },
      cookies: { keys: ['a key of the test'] },
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
      conformIdTokenClaims: false,
      acrValues: [STRONG],
      fetch: (url, { dispatcher, ...rest }) => globalThis.fetch(url, rest), // its own calls no address of this machine
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA', 'Ed25519'] },
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, preferred_username: people[id].name, groups: people[id].groups }) },
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid profile');
        await grant.save();
        return grant;
      },
    });
    provider.use(async (ctx, next) => {
      if (!ctx.path.startsWith('/interaction/')) return next();
      await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: ctx.get('x-test-person') || here.sitting, ...(here.proves && { acr: here.proves }) } });
      ctx.respond = false;
    });
    await new Promise((done) => { here.server = provider.listen(port, '127.0.0.1', done); });
    here.provider = provider;
  };
  here.stop = () => new Promise((done) => {
    if (!here.server) return done();
    here.server.close(done);
    here.server.closeAllConnections();
    here.server = null;
  });
  await here.start();
  return here;
}

class Jar {
  cookies = new Map();
  take(answer) {
    for (const one of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one);
      if (value === '' || /max-age=0/i.test(one) || /expires=Thu, 01 Jan 1970/.test(one)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
  toString() { return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '); }
}

/** A browser: `keepline` is where the program listens, `origin` what it is called. */
export class Browser {
  constructor({ keepline, origin, provider }) { Object.assign(this, { keepline, origin, provider, ours: new Jar(), theirs: new Jar() }); }

  async see(url, { person, site } = {}) {
    const theirs = url.startsWith(this.provider.issuer);
    const jar = theirs ? this.theirs : this.ours;
    const answer = await fetch(url.replace(this.origin, this.keepline), { redirect: 'manual', headers: { cookie: String(jar), ...(person && theirs && { 'x-test-person': person }), ...(site && { 'sec-fetch-site': site }) } });
    jar.take(answer);
    const to = answer.headers.get('location');
    return { answer, to: to && new URL(to, theirs ? this.provider.issuer : this.origin).href };
  }
  /** Sets out, and is let in at the provider as `person`; the address with which it is sent back, not yet gone to. */
  async setOut(person, { from = 'start', site } = {}) {
    let { to } = await this.see(`${this.origin}/console/oidc/${from}`, { site });
    assert.ok(to?.startsWith(this.provider.issuer), `sent to the provider: ${to}`);
    this.asked = new URL(to);
    for (let hops = 0; to && !to.startsWith(this.origin); ++hops) {
      assert.ok(hops < 10, to);
      ({ to } = await this.see(to, { person }));
    }
    return to;
  }
  /** All the way; where it ends. */
  async signIn(person) {
    const back = await this.setOut(person);
    return (await this.see(back)).to;
  }
  /** Somebody else's window at the provider: nobody has signed in there yet. */
  sitDownAnew() { this.theirs = new Jar(); }
  get session() { return this.ours.cookies.get('keepline_staff') ?? null; }
}
