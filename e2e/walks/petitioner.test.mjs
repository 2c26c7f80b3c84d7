// The petitioner submits, keeps the code, follows, adds; with and without scripts, on every database.
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, databases, DESK, look, PHONE, serve, visitor } from '../lib.mjs';
import { readZip, writeZip } from '../zip.mjs';

async function submit(who, base, { anonymous = false } = {}) {
  const { page } = who;
  await page.goto(`${base}/`);
  await look(who, 'start');
  await page.click('.hero .govuk-button');
  await look(who, 'submit-kind');
  await page.click('main button[value=on]');
  assert.equal(await page.locator('.govuk-error-summary').count(), 1, 'a kind has to be chosen');
  await look(who, 'submit-kind-fault');
  await page.check('#kind-0');
  await page.click('main button[value=on]');
  const title = '沙湾路夜间砂石车扰民';
  await page.fill('#title', title);
  await page.click('main button[value=on]');
  assert.equal(await page.inputValue('#title'), title, 'what was typed is still there');
  await page.fill('#body', '今年9月起每晚22:00至次日2:00有砂石车从沙湾路经过，<b>每小时</b>约20辆。');
  await page.fill('#wants', '限制夜间通行\n给书面答复');
  await look(who, 'submit-what');
  await page.click('main button[value=on]');
  await look(who, 'submit-whom');
  await page.fill('#n_people', '零');
  await page.click('main button[value=on]');
  assert.match(await page.textContent('#n_people-error'), /人数/);
  await page.fill('#n_people', '3');
  await page.click('main button[value=on]');
  if (!anonymous) {
    await page.fill('#name', '何建');
    await page.fill('#phone', '1370000771');
    await page.check('#reply-1');
    await page.click('main button[value=on]');
    assert.match(await page.textContent('#phone-error'), /11位数字，您填了10位/);
    assert.match(await page.textContent('#address-error'), /地址/, 'a letter needs an address');
    await look(who, 'submit-contact-fault');
    await page.fill('#phone', '13700007719');
    await page.check('#reply-0');
  }
  await page.click('main button[value=on]');
  await page.waitForURL(`${base}/submit/files`);
  await look(who, 'submit-files');
  await page.setInputFiles('#files', FILES);
  await page.click('main button[value=on]');
  assert.match(await page.textContent('.govuk-error-summary'), /图\.svg：这种文件不收/);
  assert.match(await page.textContent('.files'), /说明\.txt/, 'what was taken stays');
  await look(who, 'submit-files-fault');
  await page.setInputFiles('#files', FILES.slice(1));
  await page.click('main button[value=add]');
  assert.equal(await page.locator('.files li').count(), 2);
  await page.locator('.files button[name=remove]').last().click();
  assert.equal(await page.locator('.files li').count(), 1, 'and can be taken back');
  await page.click('main button[value=on]');
  assert.match(await page.textContent('main'), /说明\.txt \(/);
  assert.ok((await page.textContent('main')).includes(title));
  await look(who, 'submit-check');
  await page.click('main button[value=on]');
  await page.waitForURL(`${base}/submit/received`);
  await look(who, 'received');
  const code = (await page.textContent('.code .v')).trim();
  assert.match(code, /^([2-9A-Z]{4}-){6}[2-9A-Z]{4}$/);
  return code;
}

/** A page and a picture that would run, were they opened as what they are. */
const RUNS = '<script>document.title = "ran"; fetch("/ran")</script>';
const FILES = [
  { name: '图.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${RUNS}</svg>`) },
  { name: '说明.txt', mimeType: 'text/html', buffer: Buffer.from(`<!DOCTYPE html><html>${RUNS}</html>`) },
];

/** ATT-3: a file is something to keep; going to its address shows and runs nothing. */
async function inert(who, base) {
  const { page, context } = who;
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.files a').first().click()]);
  assert.equal(download.suggestedFilename(), '说明.txt');
  assert.deepEqual(readFileSync(await download.path()), FILES[1].buffer, 'bit for bit');
  const other = await context.newPage();
  const asked = [];
  other.on('request', request => asked.push(new URL(request.url()).pathname));
  const [again] = await Promise.all([
    other.waitForEvent('download'),
    other.goto(`${base}/follow/files/0`).catch(error => assert.match(String(error), /Download is starting|ERR_ABORTED/)),
  ]);
  assert.equal(again.suggestedFilename(), '说明.txt');
  assert.deepEqual(asked, ['/follow/files/0'], 'nothing ran');
  assert.equal(await other.title(), '');
  await other.close();
}

/** Presses a button that hands over a file; the bytes. */
async function taken(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  assert.match(download.suggestedFilename(), /^receipt(-\d+)?\.zip$/, 'the name says nothing');
  return readFileSync(await download.path());
}

/** Drops a file at the page that checks receipts. */
async function dropped(who, base, buffer) {
  const { page } = who;
  await page.goto(`${base}/`);
  await page.click('.foot a[href="/verify"]');
  await look(who, 'verify');
  await page.setInputFiles('#receipt', { name: 'receipt.zip', mimeType: 'application/zip', buffer });
  await page.click('main button');
}

/** Takes the receipt away and has it checked; what was altered on its way is refused (LOG-6). */
async function checked(who, base) {
  const { page } = who;
  const plain = await taken(page, page.locator('.proof button').first());
  const worded = await taken(page, page.locator('.proof button').nth(1));
  assert.ok(worded.length > plain.length, 'with the words it is longer');
  await dropped(who, base, worded);
  assert.match(await page.textContent('.card--good'), /凭证有效/);
  assert.match(await page.textContent('main'), /收到反映的问题[^]*与登记时一字不差[^]*一致：日志现有/);
  await look(who, 'verify-good');
  // One bit of what is packed: the checksum of the archive tells; then one letter of a stored file.
  const broken = Buffer.from(plain);
  broken[broken.length >> 1] ^= 1;
  await dropped(who, base, broken);
  assert.equal(await page.locator('.card--good').count(), 0);
  await dropped(who, base, forged(plain));
  assert.match(await page.textContent('.card--bad'), /凭证无效/);
  await look(who, 'verify-bad');
  await dropped(who, base, Buffer.from('no receipt'));
  assert.match(await page.textContent('#receipt-error'), /打不开/);
  await look(who, 'verify-fault');
}

/** The receipt with another place in the log, packed anew as a forger would. */
function forged(zip) {
  const changed = readZip(zip).map(([name, bytes]) => {
    if (name !== 'proof.tlog-proof') return [name, bytes];
    return [name, Buffer.from(bytes.toString().replace(/^index (\d+)$/m, (_, n) => `index ${n ^ 1}`))];
  });
  return writeZip(changed);
}

for (const { name, place } of databases()) {
  test(`${name}: a petition is submitted, followed and supplemented without scripts`, async () => {
    const server = await serve(place);
    const chrome = await browser();
    try {
      for (const [js, size] of [[false, PHONE], [true, PHONE], [true, DESK]]) {
        const who = await visitor(chrome, { js, size });
        const { page } = who;
        const code = await submit(who, server.base, { anonymous: size === DESK });
        await page.reload();
        assert.equal((await page.textContent('.code .v')).trim(), code, 'reloading shows the same code');
        assert.equal(await page.locator('.code svg.qr path').count(), 1, 'the code as a picture');
        if (js) {
          const paper = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
          assert.equal(paper.match(/\/Type\s*\/Page\b/g).length, 1, 'the receipt fits on one sheet of A4');
        }
        await checked(who, server.base);
        await page.goto(`${server.base}/submit/received`);
        await page.click('form[action="/submit/leave"] button');
        await page.goto(`${server.base}/submit/received`);
        assert.ok(page.url().endsWith('/follow'), 'after leaving, the device shows no receipt');
        await page.fill('#code', 'K7QM-4R2X-9TDW');
        await page.click('main button');
        assert.match(await page.textContent('#code-error'), /没有找到/);
        await look(who, 'code-fault');
        await page.fill('#code', code.toLowerCase().replaceAll('-', ' '));
        await page.click('main button');
        await page.waitForURL(`${server.base}/follow`);
        const text = await page.textContent('main');
        assert.ok(!text.includes(code), 'the page does not show the code');
        assert.match(text, /收到反映的问题/);
        await page.click('.why summary');
        await look(who, 'follow');
        await inert(who, server.base);
        await page.click('a[href="/follow/acts/add_supplement"]');
        await look(who, 'own-act');
        await page.click('main button');
        assert.equal(await page.locator('.govuk-error-message').count(), 1, 'an empty supplement is refused');
        await page.fill('#text', '11月又有三次。');
        await page.click('main button');
        assert.match(await page.textContent('[role=status]'), /补充情况/);
        assert.ok((await page.textContent('.tl')).includes('11月又有三次。'));
        assert.equal(await page.locator('.tl .proof').count(), await page.locator('.tl > li:not(.next)').count(), 'CORE-2: every step has its receipt');
        await page.locator('.tl .proof summary').first().click();
        await look(who, 'follow-proof');
        const step = await taken(page, page.locator('.tl .proof button').nth(1));
        await dropped(who, server.base, step);
        assert.match(await page.textContent('main'), /凭证有效[^]*补充情况/);
        await page.goto(`${server.base}/follow`);
        await page.click('form[action="/follow/leave"] button');
        await page.goto(`${server.base}/follow`);
        assert.equal(await page.locator('#code').count(), 1, 'after finishing, the code is asked for again');
        await who.context.close();
      }
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}

test('a draft is kept under its own code and is not a petition', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    const first = await visitor(chrome);
    await first.page.goto(`${server.base}/submit`);
    await first.page.check('#kind-1');
    await first.page.click('main button[value=on]');
    await first.page.fill('#title', '建议增设遮雨棚');
    await first.page.click('main button[value=save]');
    await look(first, 'saved');
    const code = (await first.page.textContent('.code .v')).trim();
    const second = await visitor(chrome);
    await second.page.goto(`${server.base}/follow`);
    await second.page.fill('#code', code);
    await second.page.click('main button');
    assert.ok(second.page.url().endsWith('/submit/what'), 'it goes on where it stopped');
    assert.equal(await second.page.inputValue('#title'), '建议增设遮雨棚');
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('every public page in both languages, light and dark, down to 320 px', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    for (const dark of [false, true]) {
      for (const size of [{ width: 320, height: 640 }, PHONE, DESK]) {
        const who = await visitor(chrome, { size, dark });
        for (const language of ['zh-CN', 'en']) {
          for (const path of ['/', '/submit', '/follow', '/paths', '/verify', '/verify/letter', '/privacy', '/access', '/staff/login', '/nothing-here']) {
            await who.page.goto(`${server.base}/language?to=${language}&back=${encodeURIComponent(path)}`);
            assert.equal(await who.page.getAttribute('html', 'lang'), language);
            await look(who, `public${path.replaceAll('/', '-')}-${language}${dark ? '-dark' : ''}`);
          }
        }
        await who.context.close();
      }
    }
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('SESS-2: a change from elsewhere or without the form token is refused', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    const who = await visitor(chrome);
    const post = (path, headers) => who.context.request.post(`${server.base}${path}`, { form: { code: 'x' }, headers, maxRedirects: 0 });
    assert.equal((await post('/follow', { 'sec-fetch-site': 'cross-site' })).status(), 403);
    assert.equal((await post('/follow', { origin: 'http://elsewhere.invalid' })).status(), 403);
    assert.equal((await post('/follow', {})).status(), 403, 'neither header');
    assert.equal((await post('/follow', { 'sec-fetch-site': 'same-origin' })).status(), 422, 'the control: ours is read');
    await submit(who, server.base);
    await who.page.click('main a.govuk-button');
    await who.page.goto(`${server.base}/follow`);
    const draft = await who.context.request.post(`${server.base}/submit/what`, { form: { title: 'x' }, headers: { 'sec-fetch-site': 'same-origin' }, maxRedirects: 0 });
    assert.ok([303, 403].includes(draft.status()), 'no draft is left to write into');
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('the look at a page can fail: a broken page is found', async () => {
  const chrome = await browser();
  try {
    const who = await visitor(chrome);
    await who.page.setContent('<title>x</title><main><h1>x</h1><img src="data:,"><input></main>');
    await assert.rejects(look(who, 'control'), /axe/);
  } finally {
    await chrome.close();
  }
});
