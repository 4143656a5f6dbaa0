// The portal as people use it: in Chromium, on a phone's screen, by what the screen says. Everything is found by its role and its name, as a
// screen reader has them, never by how a page is built. One hand presses with script off; the other has a keyboard only, and axe-core looks at each
// page behind it. Each page is also held to 320 px and to text of twice the size.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent, decide, reach, reportDeleted } from '../e2e/journey.mjs';
import { contactOf, newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { portalAt, spaced } from './browser.mjs';
import { axeFindings, noChromium, startChromium, tooWide } from './chromium.mjs';

/** What the screen says, and what people look for on it. */
const WORDS = {
  en: {
    signIn: 'Sign in', number: 'Your number', byMail: 'By e-mail, if the phone is lost or the line has ended', sendCode: 'Send me a code', code: 'Code', onward: 'Continue', signOut: 'Sign out',
    toMain: 'To the content', whatItMeans: 'What closing means', reason: 'I move abroad', begin: 'Begin closing', tasks: 'Close this line: what is left to do',
    costs: 'What is in the way, and what it costs', agree: 'I agree', data: "A copy of the line's records", noCopy: 'I do not want a copy', proof: 'Show that it is you', check: 'Check and send', send: 'Close the line',
    stands: 'How your closure stands', certificate: 'See the certificate', certified: 'Certificate of closing', certificateTitle: 'Certificate', onPaper: 'Save as PDF', paidBack: 'You get back 23.45 CNY', problem: /^Problem: /,
    lost: 'Report a lost phone', lock: 'Lock the line now', locked: 'The line is locked', stop: 'Withdraw the closure', withdraw: 'Withdraw the closure', withdrawn: 'Withdrawn', wanted: 'We need something from you', given: 'What you sent us, or where it is (for example a reference)', give: 'Send', why: 'The reason for our decision',
    whoHears: 'Not content? These hear you after us', hearer: 'Telecom Ombudsman · 0800 123 456 · ombudsman.example',
  },
  'zh-CN': {
    signIn: '登录', number: '您的号码', byMail: '发送到邮箱（手机丢失，或号码已注销）', sendCode: '发送验证码', code: '验证码', onward: '继续', signOut: '退出登录',
    toMain: '跳到正文', whatItMeans: '了解注销', reason: '移居国外', begin: '开始注销', tasks: '注销该号码：待办事项',
    costs: '有何阻碍，费用多少', agree: '我同意', data: '号码记录副本', noCopy: '我不需要', proof: '证明是您本人', check: '核对并提交', send: '注销号码',
    stands: '注销进度', certificate: '查看凭证', certified: '号码注销凭证', certificateTitle: '注销凭证', onPaper: '保存为PDF', paidBack: '退还给您 23.45元', problem: /^有问题：/,
    lost: '申报手机丢失', lock: '立即锁定', locked: '号码已锁定', stop: '撤回注销', withdraw: '撤回注销', withdrawn: '已撤回', wanted: '我们需要您补充', given: '您提交的材料或其所在（例如受理编号）', give: '提交', why: '审核结论的理由',
    whoHears: '不满意？还可向以下机构反映', hearer: '电信申诉专员 · 0800 123 456 · ombudsman.example',
  },
};

let world, portal, chromium;
before(async () => {
  if (noChromium) return;
  portal = portalAt(await freePort());
  world = await startWorld({ config: portal.config });
  chromium = await startChromium();
}, { timeout: 180_000 });
after(async () => {
  await chromium?.close();
  await world?.stop();
});

async function someone({ language = 'en', ...over } = {}) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(2345), ...over });
  const { id } = await world.takeOver(subscriber, line);
  return { subscriber, line, id, number: line.number, language };
}

/** Presses where a person would touch, on a screen that runs no script. */
class Hand {
  static script = false;
  constructor(page) { this.page = page; }

  named(role, name) { return this.page.getByRole(role, { name, exact: true }); }
  press(role, name) { return this.named(role, name).click(); }
  async fetch(name) { return (await Promise.all([this.page.waitForEvent('download'), this.named('link', name).click()]))[0]; }
  type(name, text) { return this.named('textbox', name).fill(text); }
  choose(name) { return this.named('radio', name).check(); }
}

const TABS_MAX = 60;
const hasFocus = (target) => target.evaluate((element) => element === document.activeElement);

/** Goes from place to place with Tab, as far as it takes, and sees where it is. */
class Keyboard extends Hand {
  static script = true;

  async tabTo(target) {
    const wanted = await target.elementHandle();
    const look = () => wanted.evaluate((element) => {
      const at = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      return { there: at === element, unseen: at !== document.body && (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) ? at.outerHTML.slice(0, 200) : '' };
    });
    for (let n = 0, seen = await look(); !seen.there; ++n) {
      assert.ok(n < TABS_MAX, `Tab leads to ${target}`);
      await this.page.keyboard.press('Tab');
      seen = await look();
      assert.equal(seen.unseen, '', 'where the keyboard is can be seen');
    }
  }
  async press(role, name) {
    await this.tabTo(this.named(role, name));
    await Promise.all([this.page.waitForEvent('domcontentloaded'), this.page.keyboard.press('Enter')]);
  }
  async fetch(name) {
    await this.tabTo(this.named('link', name));
    return (await Promise.all([this.page.waitForEvent('download'), this.page.keyboard.press('Enter')]))[0];
  }
  async type(name, text) {
    await this.tabTo(this.named('textbox', name));
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.type(text);
  }
  /** Tab enters a group at one of its buttons; arrows go on from there. */
  async choose(name) {
    const wanted = this.named('radio', name);
    const group = await wanted.getAttribute('name');
    for (let n = 0; !(await this.page.evaluate((of) => document.activeElement.name === of, group)); ++n) {
      assert.ok(n < TABS_MAX, `Tab leads to ${group}`);
      await this.page.keyboard.press('Tab');
    }
    await this.page.keyboard.press('Space');
    for (let n = 0; !(await wanted.isChecked()); ++n) {
      assert.ok(n < TABS_MAX, `arrows lead to ${name}`);
      await this.page.keyboard.press('ArrowDown');
    }
  }
}

const PAUSE_ENDS_MS = 60_000;

async function withPage({ How, language, width }, tell) {
  const context = await chromium.newContext({ locale: language, viewport: { width, height: 700 }, javaScriptEnabled: How.script, reducedMotion: 'reduce' });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PAUSE_ENDS_MS);
    await tell(new How(page), page);
  } finally {
    await context.close();
  }
}

/** What holds for every page. `heading`: its one heading of the first level, as a screen reader says it; `title`: of the window. */
async function look(by, language, heading, title = heading) {
  const { page } = by;
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  const where = `${new URL(page.url()).pathname} ${language}`;
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, where);
  assert.equal(await page.locator('html').getAttribute('lang'), language, where);
  assert.ok((await page.title()).includes(title), `${where}: ${await page.title()}`);
  for (const landmark of ['banner', 'main', 'contentinfo']) assert.equal(await page.getByRole(landmark).count(), 1, `${where} ${landmark}`);
  const tree = await page.locator('body').ariaSnapshot();
  assert.doesNotMatch(tree, /^\s*- (button|link|textbox|radio|checkbox|group|navigation)(?=:|$| \[)/m, `${where}: everything that can be pressed has a name\n${tree}`);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')].map((one) => one.getAttribute('href')).filter((to) => !document.getElementById(to.slice(1)))), [], `${where}: what is linked on the page is there`);
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 320, height });
  assert.ok(await tooWide(page) <= 0, `${where} fits on 320 px`);
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  assert.ok(await tooWide(page) <= 0, `${where} fits with text of twice the size`);
  await page.evaluate(() => { document.documentElement.removeAttribute('style'); });
  await page.setViewportSize({ width, height });
  if (by.constructor.script) assert.deepEqual(await axeFindings(page), [], where);
}

/** The code that comes to the line's phone behind what `ask` does. */
async function codeAfter(number, ask) {
  const sent = codesSent(world.smsc, number);
  await ask();
  const code = await codeFromSms(world.smsc, number, { after: sent });
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

/** `seen(heading)` is asked on each page. */
async function signIn(by, one, seen) {
  const words = WORDS[one.language];
  await by.page.goto(portal.origin);
  await seen(words.signIn);
  await by.type(words.number, one.number);
  const code = await codeAfter(one.number, () => by.press('button', words.sendCode));
  await by.type(words.code, code);
  await by.press('button', words.onward);
  await seen(spaced(one.number));
}

/** From the line's page until it is sent in; the case. */
async function apply(by, { language, number }, seen) {
  const words = WORDS[language];
  await by.press('link', words.whatItMeans);
  await by.choose(words.reason);
  await by.page.getByRole('row', { name: words.paidBack }).waitFor();
  await by.press('button', words.begin);
  await seen(words.tasks);
  await by.press('link', words.costs);
  await seen(words.costs);
  await by.press('button', words.agree);
  await by.press('link', words.data);
  await seen(words.data);
  await by.choose(words.noCopy);
  await by.press('button', words.onward);
  await by.press('link', words.proof);
  await seen(words.proof);
  const code = await codeAfter(number, () => by.press('button', words.sendCode));
  await by.type(words.code, code);
  await by.press('button', words.onward);
  await seen(words.tasks);
  await by.press('link', words.check);
  await seen(words.check);
  await by.press('button', words.send);
  await seen(words.stands);
  return new URL(by.page.url()).pathname.split('/').at(-1);
}

/** That a page came, and no more. */
const comes = (by) => (heading) => by.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();

describe('somebody who has only the screen and the phone', { skip: noChromium }, () => {
  for (const [How, hand] of [[Keyboard, 'with a keyboard only'], [Hand, 'without script']])
    for (const [language, width] of [['en', 320], ['zh-CN', 390]]) {
      test(`closes a number ${hand}, in ${language} on ${width} px`, { timeout: 180_000 }, () => withPage({ How, language, width }, async (by, page) => {
        const words = WORDS[language];
        const one = await someone({ language });
        const seen = (heading, title) => look(by, language, heading, title);
        await signIn(by, one, seen);
        const closure = await apply(by, one, seen);
        await reach(world.agent, closure, 'unbinding');
        for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
        await reach(world.agent, closure, 'closed');
        await until(async () => {
          await page.reload();
          return page.getByRole('link', { name: words.certificate, exact: true }).count();
        }, { what: 'the certificate', timeoutMs: PAUSE_ENDS_MS });
        await seen(words.stands);
        await by.press('link', words.certificate);
        await seen(words.certified, words.certificateTitle);
        await page.getByRole('row', { name: spaced(one.number) }).waitFor();
        assert.match((await by.fetch(words.onPaper)).suggestedFilename(), /\.pdf$/);
        for (const more of ['take-back', 'dates']) {
          await page.goto(`${portal.origin}/${more}?line=${one.id}`);
          if (How.script) assert.deepEqual(await axeFindings(page), [], more);
          assert.ok(await tooWide(page) <= 0, more);
        }
        await by.press('button', words.signOut);
        await seen(words.signIn);
      }));
    }

  test('skips to the content with the first key, and finds the mistake where the focus is', { timeout: 180_000 }, () => withPage({ How: Keyboard, language: 'en', width: 320 }, async (by, page) => {
    const words = WORDS.en;
    await page.goto(portal.origin);
    await page.keyboard.press('Tab');
    assert.ok(await hasFocus(by.named('link', words.toMain)));
    await page.keyboard.press('Enter');
    assert.ok(await hasFocus(page.getByRole('main')));
    await by.type(words.number, 'twelve');
    await by.press('button', words.sendCode);
    await look(by, 'en', words.signIn);
    assert.match(await page.title(), words.problem);
    assert.ok(await hasFocus(page.getByRole('alert')), 'the summary takes the focus');
    const field = by.named('textbox', words.number);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.equal(await field.inputValue(), 'twelve', 'what was typed is there');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.ok(await hasFocus(field), 'its line leads to the field');
  }));

  for (const [language, How] of [['en', Hand], ['zh-CN', Keyboard]]) {
    test(`withdraws what was sent in, in ${language}`, { timeout: 180_000 }, () => withPage({ How, language, width: 390 }, async (by, page) => {
      const words = WORDS[language];
      const one = await someone({ language });
      await signIn(by, one, comes(by));
      const closure = await apply(by, one, comes(by));
      await by.press('link', words.stop);
      await by.press('button', words.withdraw);
      await look(by, language, words.stands);
      await page.getByRole('main').getByText(words.withdrawn, { exact: true }).first().waitFor();
      assert.equal((await world.agent.get(`/v1/closures/${closure}`)).body.stage, 'withdrawn');
    }));

    test(`locks the line of a lost phone by mail, in ${language}`, { timeout: 180_000 }, () => withPage({ How, language, width: 320 }, async (by, page) => {
      const words = WORDS[language];
      const one = await someone({ language });
      await page.goto(portal.origin);
      await by.type(words.number, one.number);
      await by.choose(words.byMail);
      await by.press('button', words.sendCode);
      const mailbox = contactOf(one.subscriber, 'mail');
      const code = await until(async () => (await world.mta.messages()).filter(({ recipient }) => recipient === mailbox).map(({ text }) => /(?<!\d)(\d{8})(?!\d)/.exec(text)?.[1]).find(Boolean),
        { what: 'the code by mail', timeoutMs: PAUSE_ENDS_MS });
      await by.type(words.code, code);
      await by.press('button', words.onward);
      await look(by, language, spaced(one.number));
      await by.press('link', words.lost);
      await look(by, language, words.lost);
      await by.press('button', words.lock);
      await look(by, language, words.locked);
      assert.ok((await world.agent.get(`/v1/lines/${one.id}`)).body.locked_since);
    }));

    test(`is asked for more and refused in the end, told why and who hears them next, in ${language}`, { timeout: 180_000 }, () => withPage({ How, language, width: 320 }, async (by, page) => {
      const words = WORDS[language];
      const one = await someone({ language, policy: 'reviewed' });
      await signIn(by, one, comes(by));
      const closure = await apply(by, one, comes(by));
      await world.reviewer.post(`/v1/closures/${closure}/information-requests`, { what: 'a better photo' });
      await page.reload();
      await by.named('heading', words.wanted).waitFor();
      await look(by, language, words.stands);
      await by.type(words.given, 'shop 12, 30 November');
      await by.press('button', words.give);
      await comes(by)(words.stands);
      assert.equal(await by.named('heading', words.wanted).count(), 0, 'it was taken');
      await decide(world.reviewer, { id: closure }, 'rejection', { reason: 'the document is not yours' });
      await page.reload();
      await look(by, language, words.stands);
      await by.named('heading', words.why).waitFor();
      await page.getByText('the document is not yours', { exact: true }).waitFor();
      await by.named('heading', words.whoHears).waitFor();
      await page.getByRole('listitem').filter({ hasText: words.hearer }).waitFor();
    }));
  }

  test('has one case, however often they press and in however many tabs', { timeout: 180_000 }, () => withPage({ How: Hand, language: 'en', width: 390 }, async (by, page) => {
    const words = WORDS.en;
    const one = await someone();
    await signIn(by, one, comes(by));
    const other = new Hand(await page.context().newPage());
    await other.page.goto(page.url());
    for (const hand of [by, other]) {
      await hand.press('link', words.whatItMeans);
      await hand.choose(words.reason);
    }
    await by.named('button', words.begin).dblclick();
    await comes(by)(words.tasks);
    await other.press('button', words.begin);
    await comes(other)(words.tasks);
    assert.equal(new URL(other.page.url()).pathname, new URL(page.url()).pathname);
  }));

  test('goes on where it was when the server was killed in mid-form', { timeout: 180_000 }, () => withPage({ How: Hand, language: 'zh-CN', width: 390 }, async (by, page) => {
    const words = WORDS['zh-CN'];
    const one = await someone({ language: 'zh-CN' });
    await signIn(by, one, comes(by));
    await by.press('link', words.whatItMeans);
    await by.choose(words.reason);
    await world.keepline.kill9();
    await by.press('button', words.begin).catch(() => {});
    await page.waitForURL(/^chrome-error:/);
    await world.keepline.start();
    await page.goBack();
    await by.choose(words.reason);
    await by.press('button', words.begin);
    await look(by, 'zh-CN', words.tasks);
  }));
});
