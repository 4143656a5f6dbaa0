// The town around the demo's Keepline: osmo-hlr, OpenSMTPD, an SMSC, a serving VLR, the bank, a partner, and a test PKI for
// its SM-DP+ and the phones. Runs in the background until it is told to end (SIGTERM), and ends Keepline first. What the phones show, what the VLR heard and what
// the partner was told is appended to <folder>/phones.log, vlr.log and partner.log.
//
// node town.mjs <folder> <keepline binary> <port> <the hotline's recordings>; once everything runs it writes <folder>/town.json and pids.

import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBank } from '../peers/bank.mjs';
import { startHlr } from '../peers/hlr.mjs';
import { configurationFor, prepareKeepline } from '../peers/keepline.mjs';
import { startMta } from '../peers/mta.mjs';
import { startSmsc } from '../peers/smsc.mjs';
import { startVlr } from '../peers/vlr.mjs';
import { accepts, freePort, listen, runUntilKilled } from '../peers/wait.mjs';
import { startWebhook } from '../peers/webhook.mjs';
import { freePort as freeForSip } from '../hotline/phone.mjs';
import { run } from '../e2e/world.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const [folder, binary, port, voice] = process.argv.slice(2);
const at = (name) => path.join(folder, name);
const note = (file, entry) => appendFileSync(at(file), `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
const HOTLINE = '10099';
const startedAt = Date.now();

const [hlr, mta, smsc, bank, partner] = await Promise.all([
  startHlr({ folder: at('hlr') }), startMta({ folder: at('mta') }), startSmsc({ receiptDelayMs: 150 }),
  startBank({ folder: at('refunds') }), startWebhook(),
]);
const vlr = await startVlr({ address: hlr.address, name: 'VLR-DEMO' });
smsc.onEffect = ({ from, to, text }) => note('phones.log', { phone: `+${to}`, from, text });
vlr.onMessage(({ direction, type, imsi, cause, hex }) => note('vlr.log', { direction, type, imsi, cause, hex }));

const must = async (...args) => {
  const { code, stdout, stderr } = await run(binary, args);
  if (code !== 0) throw new Error(`keepline ${args.join(' ')}: ${stderr}`);
  return stdout;
};
await must('pki', 'make', at('pki'), '--cards', '2');
const smdpPort = await freePort();
const portalPort = await freePort();
// The policies of the repository, and China's without its waiting, so that a line whose owner has just changed phones ends today.
cpSync(path.join(ROOT, 'policies'), at('policies'), { recursive: true });
cpSync(path.join(ROOT, 'test/e2e/policies/quick.toml'), at('policies/quick.toml'));
// The same for a line that a newcomer closes: nothing of it is too new, so that its risk is low.
writeFileSync(at('policies/fresh.toml'), `id = "fresh"
inherits = "quick"
version = 1
title = "China without waiting, for a line of today (demo)"
source = "demo"

[risk]
sim_change_days = 0
young_line_days = 0
`);
// What is approved at once is approved at once: no case of the demo is picked by chance for a person to look at.
writeFileSync(at('policies/base.toml'), readFileSync(path.join(ROOT, 'policies/base.toml'), 'utf8').replace(/^sample_percent = .*$/m, 'sample_percent = 0'));

// Not 5060, which a softphone takes for itself. One that calls 127.0.0.1 may do so from any address of this machine.
const hotlinePort = (await accepts(5080)) ? await freeForSip() : 5080;
const ofThisMachine = Object.values(os.networkInterfaces()).flat().filter(({ family }) => family === 'IPv4').map(({ address }) => address);

const peers = configurationFor({ hlr, mta, smsc, bank, webhook: partner });
const keepline = await prepareKeepline({
  folder: at('keepline'), port: Number(port), binary, openapi: null,
  config: {
    ...peers, sms: { ...peers.sms, source: HOTLINE, country_code: '86' }, // from a number, so customers can answer; numbers are typed as one does at home
    policies: { dir: at('policies') }, calendars: { dir: path.join(ROOT, 'calendars') }, http: { notifiers: 'bss' },
    messages: { operator_name: 'Keepline', hotline: HOTLINE }, log: { file: at('keepline.log') },
    portal: { listen: `127.0.0.1:${portalPort}`, origin: `http://localhost:${portalPort}` }, console: { origin: `http://localhost:${port}` },
    hotline: { listen: `127.0.0.1:${hotlinePort}`, prompts: voice, languages: ['en', 'zh-CN'] },
    trunk: [{ name: 'softphones', peers: [...new Set(['127.0.0.1', ...ofThisMachine])], options_s: 0 }],
    smdp: [{ name: 'demo', listen: `127.0.0.1:${smdpPort}`, address: `localhost:${smdpPort}`, certificates: [at('pki/nist'), at('pki/brainpool')] }],
    profile_type: [{ name: 'keep', provider_name: 'Keepline', profile_name: 'Number keeping', mcc_mnc: '46001', low_stock: 5 }],
  },
});
// The demo's configuration stands in the open, in case somebody wants to look or to use the CLI with it.
const configFile = at('keepline.toml');
writeFileSync(configFile, `# Made by ./dev demo.\n${readFileSync(keepline.configFile, 'utf8')}`);
keepline.args = () => ['--config', configFile, 'serve'];

// The ceremony: the first two administrators are made beside the API; everybody else takes both of them.
mkdirSync(at('tokens'), { recursive: true, mode: 0o700 });
for (const name of ['admin', 'admin-2']) {
  const token = await must('--config', configFile, 'token', 'create', '--role', 'admin', '--id', `demo-${name}`, '--json');
  writeFileSync(at(`tokens/${name}`), JSON.parse(token).token, { mode: 0o600 });
}
await keepline.start();

/** What the demo's story asks the town for. */
const desk = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://town');
  const imsi = url.searchParams.get('imsi');
  const answers = {
    '/attach': () => vlr.attach(imsi),
    '/sms': () => smsc.effects().map(({ to, from, text, at: when, parts }) => ({ to: `+${to}`, from, text, at: when, parts })),
    '/vlr': () => ({ served: vlr.subscribers.get(imsi)?.served ?? false, messages: vlr.messages.filter((message) => message.imsi === imsi) }),
    '/mails': () => mta.messages().then((all) => all.map(({ recipient, subject, messageId, file, text }) => ({ recipient, subject, messageId, file, text }))),
    '/payments': () => bank.effects(),
    '/answer': () => smsc.receive({ from: url.searchParams.get('from'), to: HOTLINE, text: url.searchParams.get('text') }).then(() => ({})),
    '/partner': () => partner.effects().map(({ id, data }) => ({ id, ...data })),
  };
  try {
    const answer = await answers[url.pathname]();
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500).end(JSON.stringify({ error: error.message }));
  }
});
const deskPort = await listen(desk);

const town = {
  desk: deskPort, keepline: Number(port), metrics: keepline.metricsPort, hlr: { address: hlr.address, ports: hlr.ports }, smsc: smsc.port, mta: mta.port,
  partner: partner.port, smdp: smdpPort, pages: portalPort, hotline: hotlinePort, startedInMs: Date.now() - startedAt,
};
writeFileSync(at('pids'), `town ${process.pid}\nkeepline ${keepline.pid}\nosmo-hlr ${hlr.pid}\n`);
writeFileSync(at('town.json.tmp'), JSON.stringify(town));
renameSync(at('town.json.tmp'), at('town.json'));

process.removeAllListeners('SIGTERM');
process.once('SIGTERM', async () => {
  await keepline.stop().catch((error) => console.error(error.message));
  await mta.stop().catch(() => {});
  process.exit(0);
});
keepline.exited.then(({ code, signal }) => console.error(`keepline ended: ${signal ?? code}`));
runUntilKilled();
