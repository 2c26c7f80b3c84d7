// Passkeys in a real browser with its virtual authenticator, on every database.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, databases, DESK, look, PASSWORD, PHONE, serve, visitor } from '../lib.mjs';

/** Puts an authenticator beside the page; it verifies its holder, or does not. */
async function authenticator({ context, page }, options = {}) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true, ...options,
  } });
  return { cdp, authenticatorId };
}

/** What an authenticator holds. */
async function credentials({ cdp, authenticatorId }) {
  return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
}

/** Puts credentials into another authenticator, as whoever copied a device would. */
async function copy(given, { cdp, authenticatorId }) {
  for (const credential of given) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
}

async function password({ page }, base, login) {
  await page.goto(`${base}/staff/login`);
  await page.fill('#login', login);
  await page.fill('#password', PASSWORD);
  await page.click('main button');
}

for (const { name, place } of databases()) {
  test(`${name}: a passkey is added, logs in, is removed`, async () => {
    const server = await serve(place, { HUIYIN_SECOND_FACTOR: 'true' });
    const chrome = await browser();
    // Passkeys belong to a name, never to a number.
    const base = server.base.replace('127.0.0.1', 'localhost');
    try {
      const clerk = await visitor(chrome, { size: PHONE });
      const { page } = clerk;
      const first = await authenticator(clerk);
      await password(clerk, base, 'citypetition-clerk');
      await page.waitForURL(`${base}/staff/account/factor`);
      await look(clerk, 'factor-or-passkey');
      await page.click('a[href="/staff/account/passkeys/new"]');
      await look(clerk, 'passkey-new');
      await page.click('form.passkey button');
      assert.match(await page.textContent('.govuk-error-summary'), /.+/, 'it needs a name');
      await page.fill('#name', '办公手机');
      await page.click('form.passkey button');
      await page.waitForURL(`${base}/staff`);
      await page.goto(`${base}/staff/account`);
      await look(clerk, 'passkeys');
      assert.match(await page.textContent('main'), /办公手机/);
      const [kept] = await credentials(first);
      assert.equal(kept.isResidentCredential, true, 'the key is found without typing a login');
      assert.equal(kept.rpId, 'localhost');

      // After the password, as the second factor.
      await page.click('form[action="/staff/logout"] button');
      await password(clerk, base, 'citypetition-clerk');
      await page.waitForURL(`${base}/staff/login/code`);
      await look(clerk, 'second-passkey');
      await page.click('form.passkey button');
      await page.waitForURL(`${base}/staff`);

      // Alone. What was sent is sent again by somebody else: it is refused.
      await page.click('form[action="/staff/logout"] button');
      await page.goto(`${base}/staff/login`);
      await look(clerk, 'login-passkey');
      let sent;
      page.on('request', request => { if (request.method() === 'POST' && /answer=./.test(request.postData() ?? '')) sent = request; });
      await page.click('form[action="/staff/login/passkey"] button');
      await page.waitForURL(`${base}/staff`);
      const replayed = await fetch(sent.url(), {
        method: 'POST', body: sent.postData(), redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      });
      assert.equal(replayed.status, 422, 'a replayed assertion');

      // On another address of the same program the browser gives no answer, and the page says why.
      const elsewhere = await visitor(chrome, { size: DESK, locale: 'en' });
      await copy(await credentials(first), await authenticator(elsewhere));
      await elsewhere.page.goto(`${server.base}/staff/login`);
      await elsewhere.page.click('form[action="/staff/login/passkey"] button');
      await elsewhere.page.locator('form.passkey [role=status]', { hasText: 'only at http://localhost' }).waitFor();
      await look(elsewhere, 'passkey-elsewhere');

      // A device whose holder does not verify themselves gives none either.
      const stranger = await visitor(chrome, { size: DESK });
      await copy(await credentials(first), await authenticator(stranger, { isUserVerified: false }));
      await stranger.page.goto(`${base}/staff/login`);
      await stranger.page.click('form[action="/staff/login/passkey"] button');
      await stranger.page.locator('form.passkey [role=status]', { hasText: '没有得到' }).waitFor();

      // A second one on another device; then the first is removed, and opens nothing any more.
      const other = await visitor(chrome, { size: DESK });
      const second = await authenticator(other);
      await page.goto(`${base}/staff/account/passkeys/new`);
      await first.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first.authenticatorId });
      const spare = await authenticator(clerk, { transport: 'usb' });
      await page.fill('#name', '备用');
      await page.click('form.passkey button');
      await page.waitForURL(/done=passkey/);
      // Later the step asks once more who it is; a passkey says it.
      await server.alter("update session set proved_at = '2020-01-01T00:00:00Z'");
      await page.locator('tr', { hasText: '办公手机' }).locator('button').click();
      await page.locator('form.passkey').waitFor();
      await look(clerk, 'proof-passkey');
      await page.click('form.passkey button');
      await page.waitForURL(/done=removed/);
      await look(clerk, 'passkey-removed');
      await page.locator('tr', { hasText: '备用' }).locator('button').click();
      await page.waitForURL(/done=last/);
      await look(clerk, 'passkey-last');
      const thief = await visitor(chrome, { size: DESK });
      const stolen = await authenticator(thief);
      await copy([kept], stolen);
      await thief.page.goto(`${base}/staff/login`);
      await thief.page.click('form[action="/staff/login/passkey"] button');
      await thief.page.locator('.govuk-error-summary').waitFor();
      await look(thief, 'passkey-refused');
      // Taken along only now: a copy whose counter lags behind would be refused.
      await copy(await credentials(spare), second);
      await other.page.goto(`${base}/staff/login`);
      await other.page.click('form[action="/staff/login/passkey"] button');
      await other.page.waitForURL(`${base}/staff`);

      // Without scripts the page says that codes are the way.
      const plain = await visitor(chrome, { js: false });
      await plain.page.goto(`${base}/staff/login`);
      await plain.page.click('form[action="/staff/login/passkey"] button');
      assert.match(await plain.page.textContent('main'), /使用通行密钥需要脚本/);
      assert.equal(await plain.page.locator('form.passkey button').isVisible(), false);
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}
