// Login through an identity provider: a real one (npm oidc-provider) on this machine, with a relay before it that can lie.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Provider } from 'oidc-provider';
import { browser, databases, DESK, look, PASSWORD, serve, visitor } from '../lib.mjs';

const SECRET = 'a-secret-of-the-walk-that-is-long-enough';

/** A port that nothing listens on now. */
async function freePort() {
  const server = listen().listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

/** The provider behind its relay. `lie` changes the body of an answer to the path it names. */
async function provider(office) {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const config = {
    clients: [{ client_id: 'huiyin', client_secret: SECRET, redirect_uris: [`${office}/staff/login/provider/back`], grant_types: ['authorization_code'], response_types: ['code'] }],
    pkce: { required: () => true },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'walk', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['walk'] },
    ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  };
  const oidc = new Provider(issuer, config);
  oidc.on('server_error', (_, error) => console.error(error));
  const inner = oidc.callback();
  const relay = { issuer, privateKey, down: false, lie: undefined, seen: [] };
  const server = createServer((incoming, outgoing) => {
    if (relay.down) { outgoing.writeHead(503).end(); return; }
    const { lie } = relay;
    relay.seen.push(incoming.url);
    if (lie && incoming.url.startsWith(lie.path)) {
      // What the provider would say, changed on the way.
      const end = outgoing.end.bind(outgoing), write = outgoing.write.bind(outgoing);
      outgoing.write = () => true;
      outgoing.end = body => {
        const text = lie.change(String(body));
        outgoing.setHeader('content-length', Buffer.byteLength(text));
        outgoing.write = write;
        return end(text);
      };
    }
    const end = outgoing.end.bind(outgoing);
    if (relay.holds) outgoing.end = (...body) => {
      const to = String(outgoing.getHeader('location') ?? '');
      if (!to.includes('/provider/back?')) return end(...body);
      // The answer never reaches the browser it is for.
      relay.held = to;
      outgoing.removeHeader('location');
      outgoing.removeHeader('content-length');
      outgoing.statusCode = 200;
      return end('held');
    };
    inner(incoming, outgoing);
  });
  await new Promise(done => server.listen(port, '127.0.0.1', done));
  relay.stop = () => new Promise(done => { server.closeAllConnections(); server.close(done); });
  return relay;
}

/** A token with other claims, signed by a key, or under the signature it had. */
function forge(token, change, key) {
  const [head, body, signature] = token.split('.');
  const claims = { ...JSON.parse(Buffer.from(body, 'base64url')), ...change };
  const said = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${said}.${key ? sign('sha256', said, key).toString('base64url') : signature}`;
}

async function password({ page }, base, login) {
  await page.goto(`${base}/staff/login`);
  await page.fill('#login', login);
  await page.fill('#password', PASSWORD);
  await page.click('main button');
}

/** Through the provider's own pages, which ask for a name and for consent where they must. */
async function through({ page, faults }, name, base, held = () => false) {
  for (let steps = 0; steps < 200; steps += 1) {
    await page.waitForTimeout(300);
    if (held()) return;
    await page.waitForLoadState('load');
    if (page.url().startsWith(base)) {
      // The end of the way: a desk, the question whether to link, or a refusal.
      const ended = page.url() === `${base}/staff` || page.url().includes('?link=') || await page.locator('.govuk-error-summary').count();
      if (!ended) continue;
      faults.length = 0; // The provider's pages ask for a font of the web, which is out of reach here.
      return;
    }
    if (await page.locator('input[name=login]').count()) {
      await page.fill('input[name=login]', name);
      await page.fill('input[name=password]', 'x');
    }
    if (await page.locator('button[type=submit]').count()) await page.click('button[type=submit]');
  }
}

for (const { name, place } of databases()) {
  test(`${name}: officials come in through the identity provider, and nobody else does`, async () => {
    const port = await freePort();
    const base = `http://localhost:${port}`;
    const idp = await provider(base);
    const secret = join(mkdtempSync(join(tmpdir(), 'huiyin-walk-')), 'secret');
    writeFileSync(secret, `${SECRET}\n`);
    const server = await serve(place, {
      HUIYIN_PUBLIC_ADDRESS: base, HUIYIN_OIDC_ISSUER: idp.issuer, HUIYIN_OIDC_CLIENT_ID: 'huiyin', HUIYIN_OIDC_CLIENT_SECRET_FILE: secret, HUIYIN_CODE_TRIES: '1000',
    }, port);
    const chrome = await browser();
    try {
      assert.deepEqual(idp.seen, [], 'nothing is asked at start');
      const refused = async (who, what) => {
        await who.page.locator('.govuk-error-summary').waitFor();
        assert.ok(!(await who.context.cookies()).some(cookie => cookie.name === 'huiyin-staff' && cookie.value), `${what} came in`);
      };

      // Whom nobody linked does not come in, whatever the name.
      const stranger = await visitor(chrome, { size: DESK });
      await stranger.page.goto(`${base}/staff/login`);
      await look(stranger, 'login-provider');
      await stranger.page.click('form[action="/staff/login/provider"] button');
      await through(stranger, 'citypetition-clerk', base);
      await refused(stranger, 'a stranger');
      await look(stranger, 'provider-wrong');

      // The holder links, from inside, and confirms it. All of it without scripts.
      const clerk = await visitor(chrome, { js: false });
      const { page } = clerk;
      await password(clerk, base, 'citypetition-clerk');
      await page.goto(`${base}/staff/account`);
      await page.click('button[value=link]');
      await through(clerk, 'zhang-123', base);
      await page.waitForURL(/\/staff\/account\/provider\?link=/);
      // Who is linked has just shown there who they are, and is named here before anything is linked.
      const asked = idp.seen.filter(url => url.startsWith('/auth?'));
      assert.deepEqual(asked.map(url => url.includes('prompt=login')), [false, true]);
      assert.match(await page.textContent('main'), /zhang-123/);
      await page.click('form.card button.govuk-button');
      await page.waitForURL(/done=linked/);
      assert.match(await page.textContent('main'), /已关联/);
      await page.click('form[action="/staff/logout"] button');
      await page.click('form[action="/staff/login/provider"] button');
      await through(clerk, 'zhang-123', base);
      await page.waitForURL(`${base}/staff`);

      // Another holder cannot link the same person.
      const other = await visitor(chrome, { size: DESK });
      await password(other, base, 'citypetition-handler');
      await other.page.goto(`${base}/staff/account`);
      await look(other, 'account-provider');
      await other.page.click('button[value=link]');
      await through(other, 'zhang-123', base);
      await look(other, 'provider-link');
      await other.page.click('form.card button.govuk-button');
      await other.page.waitForURL(/done=unlinkable/);

      // A state that is not this browser's, a code that was used, a browser that never went.
      const thief = await visitor(chrome, { size: DESK });
      idp.holds = true;
      await thief.page.goto(`${base}/staff/login`);
      await thief.page.click('form[action="/staff/login/provider"] button');
      await through(thief, 'zhang-123', base, () => idp.held);
      idp.holds = false;
      const came = idp.held;
      assert.ok(came, 'the provider sent a code');
      const victim = await visitor(chrome, { size: DESK });
      await victim.page.goto(came);
      await refused(victim, 'a browser that never went to the provider');
      await thief.page.goto(came.replace(/state=[^&]+/, 'state=another'));
      await refused(thief, 'a wrong state');
      await thief.page.goto(came);
      await refused(thief, 'an answer after a wrong one');

      // A used code: the same answer twice.
      const twice = await visitor(chrome, { size: DESK });
      let answer;
      twice.page.on('request', request => { if (request.url().includes('/provider/back?')) answer = request.url(); });
      await twice.page.goto(`${base}/staff/login`);
      await twice.page.click('form[action="/staff/login/provider"] button');
      await through(twice, 'zhang-123', base);
      await twice.page.waitForURL(`${base}/staff`);
      await twice.context.clearCookies();
      await twice.page.goto(answer);
      await refused(twice, 'a code that was used');

      // What comes back from the provider otherwise than it should; signed by the provider itself where a key is named.
      const key = idp.privateKey, now = Math.floor(Date.now() / 1000);
      for (const [what, who, change, signer] of [
        ['another nonce', 'zhang-123', { nonce: 'another' }, key],
        ['another audience', 'zhang-123', { aud: 'another' }, key],
        ['another issuer', 'zhang-123', { iss: 'http://localhost:1' }, key],
        ['a token of yesterday', 'zhang-123', { iat: now - 90_000, exp: now - 86_400 }, key],
        ['another person under an old signature', 'somebody', { sub: 'zhang-123' }, undefined],
        ['a signature of somebody else', 'somebody', { sub: 'zhang-123' }, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
      ]) {
        idp.lie = { path: '/token', change: body => { const said = JSON.parse(body); return JSON.stringify({ ...said, id_token: forge(said.id_token, change, signer) }); } };
        const liar = await visitor(chrome, { size: DESK });
        await liar.page.goto(`${base}/staff/login`);
        await liar.page.click('form[action="/staff/login/provider"] button');
        await through(liar, who, base);
        await refused(liar, what);
        idp.lie = undefined;
        await liar.context.close();
      }

      // Down: the page says so, and the password works.
      idp.down = true;
      const late = await visitor(chrome, { size: DESK, locale: 'en' });
      await late.page.goto(`${base}/staff/login`);
      await late.page.click('form[action="/staff/login/provider"] button');
      assert.match(await late.page.textContent('.govuk-error-summary'), /log in with your password/);
      late.faults.length = 0; // The browser notes the status 503.
      await look(late, 'provider-silent');
      await password(late, base, 'citypetition-head');
      await late.page.waitForURL(`${base}/staff`);
      idp.down = false;

      // A closed account stays closed.
      await server.alter("update account set disabled = 1 where login = 'citypetition-clerk'");
      const closed = await visitor(chrome, { size: DESK });
      await closed.page.goto(`${base}/staff/login`);
      await closed.page.click('form[action="/staff/login/provider"] button');
      await through(closed, 'zhang-123', base);
      await refused(closed, 'a closed account');
    } finally {
      await chrome.close();
      await server.stop();
      await idp.stop();
    }
  });
}
