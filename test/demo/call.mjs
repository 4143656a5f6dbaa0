// A call to the demo's hotline: somebody asks in English how their line stands. The caller presses keys in RTP as a telephone does, listens as long as
// people do, and keeps what they heard as a WAV file.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Phone } from '../hotline/phone.mjs';
import { heardIn, isLoud, measure, samplesOf, wavOf } from '../hotline/recording.mjs';
import { plain } from '../e2e/people.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { evidence, phone as shownOnPhone, step } from './story.mjs';

const KEY_MS = 180;       // between two keys
const ENOUGH_MS = 8000;  // of a menu that one knows: the next key cuts it short
const PAUSE_MS = 1200;    // the voice breathes between sentences; whoever is silent for longer has ended
const WAIT = { timeoutMs: 90_000 };
/** A recording that is shorter, or says less, is none. */
export const LEAST = { seconds: 25, loudSeconds: 12 };

class Caller {
  static async dial(port, user) {
    const caller = new Caller();
    caller.phone = await Phone.make(port, { user });
    caller.spoken = 0; // packets of a voice, and when the last one came
    caller.phone.rtp.on('message', (bytes) => {
      if (!isLoud(samplesOf(bytes))) return;
      ++caller.spoken;
      caller.heardAt = performance.now();
    });
    const answer = await caller.phone.call();
    assert.equal(answer.status, 200, answer.first);
    caller.answer = answer;
    return caller;
  }
  /** Until the voice has said what it says now, or `most` of it. */
  async listen(most = WAIT.timeoutMs) {
    const before = this.spoken;
    await until(() => this.spoken > before, { ...WAIT, what: 'the voice' });
    const end = performance.now() + most;
    await until(() => performance.now() - this.heardAt > PAUSE_MS || performance.now() > end, { ...WAIT, what: 'the end of what the voice says' });
  }
  async press(keys) {
    for (const key of keys) {
      this.phone.press(key);
      await sleep(KEY_MS);
    }
  }
  get isOver() { return this.phone.heard.some(({ method }) => method === 'BYE'); }
}

/** Asks how `line` stands; the recording is `file`. `shown`: its path as one would type it. */
export async function askByTelephone(town, line, file, shown) {
  const sent = async () => (await town.ask('sms')).filter(({ to }) => to === line.number);
  await step(`The hotline's number is dialled, on ${line.number}`);
  const caller = await Caller.dial(town.hotline, line.number);
  evidence('SIP', `INVITE sip:hotline@127.0.0.1:${town.hotline}: ${caller.answer.first.slice('SIP/2.0 '.length)}`);
  await caller.listen();
  await caller.press('1');
  evidence('caller', '1, for English; and listens to the warning and the first of the menu');
  await caller.listen(ENOUGH_MS);
  await caller.press('1');
  await caller.listen();
  await caller.press(`${plain(line.number)}#`);
  evidence('caller', '1, how a line stands; then its number and #. The number that a call shows is no proof, so a code is asked for');
  await caller.listen(ENOUGH_MS / 2);
  const before = (await sent()).length;
  await caller.press('1');
  const [{ text }] = await until(async () => { const now = (await sent()).slice(before); return now.some((one) => /\d{8}/.test(one.text)) && now; }, { ...WAIT, what: 'the code' });
  shownOnPhone(line.number, text);
  await caller.listen(ENOUGH_MS);
  const spokenBefore = caller.spoken;
  await caller.press(/\d{8}/.exec(text)[0]);
  evidence('caller', 'the eight digits of the code, and hears how the line stands');
  await caller.listen();
  assert.ok(caller.spoken - spokenBefore > 250, 'a line\'s standing takes more than five seconds to say');
  await caller.press('2');
  await until(() => caller.isOver, { ...WAIT, what: 'the end of the call' });
  caller.phone.close();
  evidence('SIP', 'BYE, after a goodbye');

  const heard = heardIn(caller.phone.sound);
  writeFileSync(file, wavOf(heard));
  const is = measure(heard);
  assert.ok(is.seconds > LEAST.seconds && is.loudSeconds > LEAST.loudSeconds, `only ${is.seconds} s were heard, ${is.loudSeconds} s of them a voice`);
  evidence('recording', `${shown}: ${is.seconds.toFixed(0)} s, ${is.loudSeconds.toFixed(0)} s of them a voice (espeak-ng's; an operator puts recordings in its place)`);
}
