// Logins with a second factor, and rights that two administrators change, on every database.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, databases, DESK, look, PASSWORD, PHONE, serve, totp, visitor } from '../lib.mjs';

async function logIn({ page }, base, login, password = PASSWORD) {
  await page.goto(`${base}/staff/login`);
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('main button');
}

/** Sets the second factor up on the page that a password alone reaches. */
async function setFactor(who, base, name) {
  const { page } = who;
  await page.waitForURL(`${base}/staff/account/factor`);
  if (name) await look(who, name);
  const secret = await page.inputValue('input[name=secret]');
  await page.fill('#code', totp(secret));
  await page.click('form.card button.govuk-button');
  return secret;
}

for (const { name, place } of databases()) {
  test(`${name}: two administrators bring an official back in`, async () => {
    const server = await serve(place, { HUIYIN_SECOND_FACTOR: 'true' });
    const chrome = await browser();
    const { base } = server;
    try {
      const system = await visitor(chrome, { size: PHONE });
      await logIn(system, base, 'system');
      await setFactor(system, base, 'factor');
      await system.page.waitForURL(`${base}/staff/accounts`);
      await look(system, 'accounts');
      await system.page.click('a[href="/staff/account"]');
      await look(system, 'account');
      await system.page.goto(`${base}/staff/accounts`);
      const row = system.page.locator('tr', { hasText: 'citypetition-clerk' });
      await row.locator('a').click();
      await look(system, 'account-new');
      await system.page.click('form.card button.govuk-button');
      assert.match(await system.page.textContent('.govuk-error-summary'), /请写明理由/);
      await system.page.fill('#reason', '手机丢失，验证器不能用了');
      await system.page.click('form.card button.govuk-button');
      await system.page.waitForURL(/proposals/);
      assert.equal(await system.page.locator('button[value=approve]').count(), 0, 'nobody decides what they proposed');
      await look(system, 'proposal-own');

      const security = await visitor(chrome, { size: DESK, locale: 'en' });
      await logIn(security, base, 'security');
      await setFactor(security, base);
      await security.page.waitForURL(`${base}/staff/directory`);
      await look(security, 'directory');
      await security.page.click('a[href="/staff/proposals"]');
      await look(security, 'proposals');
      await security.page.click('button[value=approve]');
      const code = await security.page.textContent('.card--tint .strong');
      await look(security, 'code');

      // Without scripts, the holder sets the account up.
      const clerk = await visitor(chrome, { js: false });
      await clerk.page.goto(`${base}/staff/enrol`);
      await clerk.page.fill('#login', 'citypetition-clerk');
      await clerk.page.fill('#code', code.toLowerCase());
      await clerk.page.fill('#new-password', '青山绿水各不同啊');
      await clerk.page.fill('#again', '青山绿水各不同啊');
      await clerk.page.click('main button');
      assert.match(await clerk.page.textContent('.govuk-error-summary'), /至少要10个字符/);
      await clerk.page.fill('#new-password', '青山绿水各不相同的一天');
      await clerk.page.fill('#again', '青山绿水各不相同的一天');
      await clerk.page.click('main button');
      const secret = await setFactor(clerk, base);
      await clerk.page.waitForURL(`${base}/staff`);

      // The next login asks for a code; one that was used is refused.
      const again = await visitor(chrome, { size: PHONE });
      await again.page.goto(`${base}/staff/login`);
      await look(again, 'login');
      await again.page.click('a[href="/staff/enrol"]');
      await look(again, 'enrol');
      await logIn(again, base, 'citypetition-clerk', '青山绿水各不相同的一天');
      await again.page.waitForURL(`${base}/staff/login/code`);
      await look(again, 'second');
      await again.page.fill('#code', totp(secret));
      await again.page.click('main button');
      const refused = again.page.locator('.govuk-error-summary');
      // Between two steps of thirty seconds the code may be a new one.
      if (await refused.count()) await look(again, 'second-refused');

      // A change of duties, with what would be different.
      await security.page.goto(`${base}/staff/directory`);
      await security.page.locator('td + td', { hasText: 'Handler' }).first().locator('xpath=..').locator('a').click();
      await look(security, 'official');
      await security.page.fill('#post', '首席经办人');
      await security.page.fill('#reason', 'promoted');
      await security.page.click('form.card button.govuk-button');
      await security.page.waitForURL(/proposals/);
      await system.page.goto(`${base}/staff/proposals`);
      await look(system, 'proposal-differences');
      assert.match(await system.page.textContent('ins'), /首席经办人/);
      await system.page.click('button[value=approve]');
      await system.page.waitForURL(/done=approved/);
      await security.page.goto(`${base}/staff/directory`);
      assert.match(await security.page.textContent('main'), /首席经办人/);
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}
