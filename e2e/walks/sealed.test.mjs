// A report against officials: sent in by a petitioner, opened by a recipient with their passphrase, unseen by everybody else.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DESK, PHONE, browser, databases, logIn, look, serve, visitor } from '../lib.mjs';

const PASSPHRASE = 'three herons over the lake';
const CANARY = '望湖桥下的三只白鹭';

for (const { name, place } of databases()) {
  test(`a sealed report on ${name}`, async () => {
    const office = await serve(place);
    const chrome = await browser();
    try {
      // The petitioner reports, and follows it with the long code.
      const petitioner = await visitor(chrome, { js: false });
      const answer = await petitioner.page.request.post(`${office.base}/api/v1/petitions`, {
        data: { token: crypto.randomUUID(), kind: 'report', office: '00000000-0000-0000-0000-000000000004', title: `举报：${CANARY}`, body: `经过：${CANARY}`, requests: ['查处'], identity: { name: '' } },
      });
      assert.equal(answer.status(), 201, await answer.text());
      const { code } = await answer.json();
      await petitioner.page.goto(`${office.base}/follow`);
      await petitioner.page.fill('#code', code);
      await petitioner.page.click('main button');
      assert.match(await petitioner.page.textContent('main'), new RegExp(CANARY));

      for (const size of [PHONE, DESK]) {
        const recipient = await visitor(chrome, { size });
        await logIn(recipient, office.base, 'petition-clerk');
        assert.ok(!(await recipient.page.textContent('main')).includes(CANARY), 'the inbox does not know of it');
        await recipient.page.goto(`${office.base}/staff/sealed`);
        await look(recipient, 'sealed-unlock');
        await recipient.page.fill('#passphrase', 'another sentence');
        await recipient.page.click('main form button');
        await look(recipient, 'sealed-wrong');
        await recipient.page.waitForTimeout(1100);
        await recipient.page.fill('#passphrase', PASSPHRASE);
        await recipient.page.click('main form button');
        await recipient.page.waitForSelector('table');
        assert.match(await recipient.page.textContent('table'), new RegExp(CANARY));
        await look(recipient, 'sealed-list');
        await recipient.page.click(`a.ttl:has-text("${CANARY}")`);
        await recipient.page.waitForSelector('h1');
        assert.match(await recipient.page.textContent('main'), new RegExp(`经过：${CANARY}`));
        await look(recipient, 'sealed-case');
        const where = recipient.page.url();
        await recipient.page.goto(`${office.base}/staff/sealed/key`);
        await look(recipient, 'sealed-key');
        // Locked, the case leads to the passphrase and back to the case.
        await recipient.page.goto(`${office.base}/staff/sealed`);
        await recipient.page.click('button[value=lock]');
        await recipient.page.goto(where);
        await recipient.page.fill('#passphrase', PASSPHRASE);
        await recipient.page.click('main form button');
        await recipient.page.waitForURL(where);
        await recipient.context.close();
      }

      // Whoever is no recipient has no such page and no such case.
      const other = await visitor(chrome, { size: DESK });
      await logIn(other, office.base, 'petition-handler');
      assert.equal(await other.page.locator('a[href="/staff/sealed"]').count(), 0);
      assert.equal((await other.page.goto(`${office.base}/staff/sealed`)).status(), 404);
      assert.ok(!(await other.page.goto(`${office.base}/staff`).then(page => page.text())).includes(CANARY));

      // The petitioner sees that it was opened, by role and day; on a telephone, with pictures.
      const follower = await visitor(chrome, { size: PHONE });
      await follower.page.goto(`${office.base}/follow`);
      await follower.page.fill('#code', code);
      await follower.page.click('main button');
      await follower.page.waitForSelector('h1');
      assert.match(await follower.page.textContent('main'), /打开了事项/);
      await look(follower, 'sealed-follow');
    } finally {
      await chrome.close();
      await office.stop();
    }
  });
}
