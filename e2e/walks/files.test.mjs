// An official takes all files of a case at once: the passphrase is shown once, a purpose is asked for, the ZIP comes (ATT-6).
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, databases, DESK, logIn, look, PHONE, serve, visitor } from '../lib.mjs';

const TITLE = '楼道堆物堵住出口';
const OFFICE = '00000000-0000-0000-0000-000000000004';

/** A petition with two files, over the API. */
async function file(base) {
  const files = [];
  for (const [name, text] of [['经过.txt', '三号楼的楼道堵住了。'], ['证人.txt', '住在四楼的人都看见了。']]) {
    const form = new FormData();
    form.append('file', new Blob([text]), name);
    const answer = await fetch(`${base}/api/v1/files`, { method: 'POST', body: form });
    files.push((await answer.json()).handle);
  }
  const body = { kind: 'claim', office: OFFICE, title: TITLE, body: '请清理。', requests: ['清理'], identity: { name: '林芳' }, token: 'walk-files', files };
  const answer = await fetch(`${base}/api/v1/petitions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  assert.equal(answer.status, 201);
}

for (const { name, place } of databases()) {
  test(`${name}: all files in one encrypted ZIP`, async () => {
    const server = await serve(place);
    const { base } = server;
    const chrome = await browser();
    try {
      await file(base);
      for (const [size, js] of [[DESK, true], [PHONE, true], [DESK, false]]) {
        const who = await visitor(chrome, { size, js });
        const { page } = who;
        await logIn(who, base, 'petition-clerk');
        for (;;) {
          const link = page.locator('.ttl', { hasText: TITLE });
          if (await link.count()) { await link.first().click(); break; }
          await page.click('a[rel=next]');
        }
        await page.click('#files a[href$="/zip"]');
        await look(who, 'zip');
        const secret = await page.textContent('dd.mono');
        assert.match(secret, /^([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}$/);
        await page.click('main form.card button');
        assert.equal(await page.locator('.govuk-error-summary').count(), 1, 'what for is asked');
        assert.equal(await page.textContent('dd.mono'), secret, 'the passphrase stays while the question is open');
        await look(who, 'zip-fault');
        await page.fill('#purpose', '核对证据');
        const [download] = await Promise.all([page.waitForEvent('download'), page.click('main form.card button')]);
        assert.equal(download.suggestedFilename(), 'files.zip');
        const zip = readFileSync(await download.path());
        assert.equal(zip.subarray(0, 2).toString(), 'PK');
        assert.ok(!zip.includes('楼道') && !zip.includes('证人') && zip.includes('001.bin'), 'names are inert, words encrypted');
        await who.context.close();
      }
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}
