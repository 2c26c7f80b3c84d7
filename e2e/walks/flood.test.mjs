// A busy source: work in the browser, or a wait without scripts; the quick exit; what a browser keeps afterwards.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, browserIn, databases, DESK, look, PHONE, serve, visitor } from '../lib.mjs';

const WORDS = { title: '金丝雀标题甲乙', body: '金丝雀正文丙丁戊', wants: '金丝雀要求己庚', name: '金丝雀', phone: '13700007719' };

/** Writes a petition up to the last page. */
async function write(page, base) {
  const on = () => page.click('main button[value=on]');
  await page.goto(`${base}/submit`);
  await page.check('#kind-0');
  await on();
  for (const field of ['title', 'body', 'wants']) await page.fill(`#${field}`, WORDS[field]);
  await on();
  await on();
  await page.fill('#name', WORDS.name);
  await page.fill('#phone', WORDS.phone);
  await on();
  // No files.
  await on();
  assert.ok(page.url().endsWith('/submit/check'), page.url());
}

async function received(page, base) {
  await page.waitForURL(`${base}/submit/received`, { timeout: 60_000 });
  return (await page.textContent('.code .v')).trim();
}

for (const { name, place } of databases()) {
  test(`${name}: SPAM-1: above the normal rate a script works, without one there is a wait, and both are taken in`, async () => {
    const server = await serve(place, { HUIYIN_FILINGS_BURST: '1', HUIYIN_QUICK_EXIT: '/paths' });
    const chrome = await browser();
    try {
      for (const size of [PHONE, DESK]) {
        const who = await visitor(chrome, { size });
        await write(who.page, server.base);
        if (size === PHONE) {
          assert.equal(await who.page.locator('form[data-puzzle]').count(), 0, 'the first is asked for nothing');
          await who.page.click('main button[value=on]');
          await received(who.page, server.base);
          await who.page.goto(`${server.base}/exit`);
          await write(who.page, server.base);
        }
        await look(who, 'submit-busy');
        const before = Date.now();
        await who.page.click('main button[value=on]');
        await received(who.page, server.base);
        const took = (Date.now() - before) / 1000;
        assert.ok(took < 28, `work takes ${took} s, less than the wait that it replaces`);
        console.log(`${name}.work_seconds_at_${size.width}=${took.toFixed(2)}`);
        await who.context.close();
      }
      const plain = await visitor(chrome, { js: false });
      await write(plain.page, server.base);
      assert.match(await plain.page.textContent('main'), /没有启用脚本的，最多等待一分钟/);
      const before = Date.now();
      await plain.page.click('main button[value=on]', { noWaitAfter: true });
      await received(plain.page, server.base);
      const took = (Date.now() - before) / 1000;
      assert.ok(took > 13 && took < 60, `without a script it waited ${took} s`);
      console.log(`${name}.wait_seconds=${took.toFixed(2)}`);
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}

test('SPAM-1: the field that no person sees is not met by keyboard or screen reader', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    const who = await visitor(chrome);
    await who.page.goto(`${server.base}/submit/kind`);
    assert.equal(await who.page.locator('#homepage').count(), 1);
    assert.equal(await who.page.locator('#homepage').isVisible(), false);
    const names = [];
    for (let n = 0; n < 40; n += 1) {
      await who.page.keyboard.press('Tab');
      names.push(await who.page.evaluate(() => document.activeElement.name ?? ''));
    }
    assert.ok(names.includes('kind') && !names.includes('homepage'), String(names));
    assert.ok(!JSON.stringify(await who.page.locator('main').ariaSnapshot()).includes('留空'));
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('PRIV-2: the quick exit ends the draft and takes its page out of the history, with and without scripts', async () => {
  const server = await serve(undefined, { HUIYIN_QUICK_EXIT: '/paths' });
  const chrome = await browser();
  try {
    for (const js of [true, false]) {
      const who = await visitor(chrome, { js });
      await write(who.page, server.base);
      const before = js ? await who.page.evaluate(() => history.length) : 0;
      await who.page.click('a.exit');
      await who.page.waitForURL(`${server.base}/paths`);
      if (js) assert.equal(await who.page.evaluate(() => history.length), before, 'the page that was left is replaced');
      for (let n = 0; n < 3; n += 1) {
        await who.page.goBack();
        const text = await who.page.textContent('body');
        assert.ok(!Object.values(WORDS).some(word => text.includes(word)), `going back ${n + 1} shows nothing that was written`);
      }
      await who.page.goto(`${server.base}/submit/what`);
      assert.ok(who.page.url().endsWith('/submit/kind'), 'the draft is gone from this browser');
      await who.context.close();
    }
  } finally {
    await chrome.close();
    await server.stop();
  }
});

/** Files of a profile that hold a word, in either of the encodings that a browser writes. */
function holding(folder, word) {
  const needles = [Buffer.from(word), Buffer.from(word, 'utf16le'), Buffer.from(encodeURIComponent(word))];
  const found = [];
  const look = at => {
    for (const name of readdirSync(at)) {
      const path = join(at, name);
      const about = statSync(path, { throwIfNoEntry: false });
      if (about?.isDirectory()) look(path);
      else if (about?.isFile()) {
        const bytes = readFileSync(path);
        if (needles.some(needle => bytes.includes(needle))) found.push(path.slice(folder.length + 1));
      }
    }
  };
  look(folder);
  return found;
}

for (const kiosk of [false, true]) {
  test(`PRIV-2: ${kiosk ? 'a device of the office' : 'a browser'} keeps nothing of the petition in history, cache or autofill`, async () => {
    const server = await serve(undefined, { HUIYIN_QUICK_EXIT: '/paths', ...(kiosk ? { HUIYIN_KIOSKS: '127.0.0.1' } : {}) });
    const folder = mkdtempSync(join(tmpdir(), 'huiyin-profile-'));
    let context = await browserIn(folder);
    try {
      const page = context.pages()[0] ?? await context.newPage();
      const who = { context, page, faults: [], js: true, size: PHONE };
      await write(page, server.base);
      if (kiosk) await look(who, 'kiosk-check');
      await page.click('main button[value=on]');
      const code = await received(page, server.base);
      await look(who, kiosk ? 'kiosk-received' : 'received');
      if (kiosk) {
        assert.equal(await page.locator('form[action="/submit/receipt"]').count(), 0, 'nothing to download');
        await page.click('form[action="/submit/leave"] button');
        await page.waitForURL(`${server.base}/`);
      }
      await page.goto(`${server.base}/follow`);
      await page.fill('#code', code);
      await page.click('main button');
      await page.waitForURL(`${server.base}/follow`);
      assert.match(await page.textContent('h1'), new RegExp(WORDS.title));
      assert.ok(!(await page.title()).includes(WORDS.title), 'what it is about is not in the title');
      await page.click('a.exit');
      await page.waitForURL(`${server.base}/${kiosk ? '' : 'paths'}`);
      for (const path of ['/follow', '/submit/received', '/submit/what']) {
        await page.goto(`${server.base}${path}`);
        const text = await page.textContent('body');
        assert.ok(![code, ...Object.values(WORDS)].some(word => text.includes(word)), `${path} shows nothing any more`);
      }
      // The control: what is in a title or an address does stay.
      await page.goto(`${server.base}/paths?control=canary-control`);
      await page.waitForTimeout(500);
      await context.close();
      assert.ok(holding(folder, 'canary-control').some(name => name.endsWith('History')), 'the control: visited pages are kept');
      // On a device of one's own a browser may offer name and telephone again (WCAG 1.3.5); on the office's nothing.
      const { name, phone, ...matter } = WORDS;
      const words = [code, code.replaceAll('-', ''), ...Object.values(kiosk ? WORDS : matter)];
      for (const word of words) assert.deepEqual(holding(folder, word), [], word);
    } finally {
      await context.close().catch(() => {});
      rmSync(folder, { recursive: true, force: true });
      await server.stop();
    }
  });
}
