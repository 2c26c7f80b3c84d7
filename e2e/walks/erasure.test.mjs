// A file at rest: restricted, freed again, erased, each time by two people, on every database; with and without scripts.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { browser, databases, DESK, logIn, look, PHONE, serve, visitor } from '../lib.mjs';

const AT_REST = `select m.case_ref, m.owner_unit, m.office_id from matter m where m.rest = 1 and m.sealed = 0
  and m.stage not in ('merged', 'split') and m.owner_unit <> m.office_id and m.joined = 0
  and not exists (select 1 from deadline d where d.petition_id = m.petition_id and d.state in ('running', 'missed'))
  order by m.case_ref`;
const HEADS = `select a.login, o.unit_id, o.body from account a join official o on o.id = a.official_id order by a.login`;

async function propose({ page }, base, ref, measure, basis) {
  await page.goto(`${base}/staff/cases/${ref}/acts/propose_disposal`);
  await page.check(`input[name=measure][value=${measure}]`);
  await page.check(`input[name=basis][value=${basis}]`);
  await page.fill('#reason', '本人书面要求，经鉴定没有继续使用的需要');
}

/** Opens the petitioner's page without their code, which nobody here has. */
async function follow({ context, page }, server, id) {
  const token = randomBytes(32).toString('hex');
  const digest = createHash('sha256').update(token).digest('hex');
  await server.alter(`insert into follow_session (token_digest, petition_id, party, expires_at) values ('${digest}', '${id}', 0, '2999-01-01T00:00:00.000Z')`);
  await context.addCookies([{ name: 'huiyin-follow', value: token, url: server.base }]);
  await page.goto(`${server.base}/follow`);
}

for (const { name, place } of databases()) {
  test(`${name}: two people restrict a file, free it and erase it`, async () => {
    const server = await serve(place);
    const chrome = await browser();
    const { base } = server;
    try {
      const heads = (await server.ask(HEADS)).filter(([, , body]) => body.includes('head'));
      const of = unit => heads.find(([, own]) => own === unit)?.[0];
      const found = (await server.ask(AT_REST)).find(([, owner, office]) => of(owner) && of(office));
      assert.ok(found, 'the demo has a matter at rest whose units have heads');
      const [ref, owner, office] = found;
      const [[id]] = await server.ask(`select petition_id from matter where case_ref = '${ref}'`);
      const petitioner = await visitor(chrome, { size: PHONE });
      const one = await visitor(chrome, { size: PHONE });
      const two = await visitor(chrome, { size: DESK, js: false });
      const eye = await visitor(chrome, { size: DESK });
      await logIn(one, base, of(owner));
      await logIn(two, base, of(office));
      await logIn(eye, base, of(office));
      await one.page.goto(`${base}/staff/cases/${ref}`);
      const title = (await one.page.textContent('h1')).trim();
      await propose(one, base, ref, 'erase', 'request');
      await look(one, 'disposal-propose');
      await one.page.click('form.card button.govuk-button');
      assert.match(await one.page.textContent('.govuk-error-summary'), /保管期限到/);
      await look(one, 'disposal-too-early');
      for (const [measure, basis] of [['restrict', 'request'], ['lift', 'request'], ['erase', 'order']]) {
        await propose(one, base, ref, measure, basis);
        await one.page.click('form.card button.govuk-button');
        await one.page.waitForURL(/done=propose_disposal/);
        if (measure !== 'lift') await look(one, `disposal-proposed-${measure}`);
        assert.equal(await one.page.locator('a[href$="decide_disposal"]').count(), 0, 'nobody decides what they proposed');
        await eye.page.goto(`${base}/staff/cases/${ref}/acts/decide_disposal`);
        await look(eye, `disposal-decide-${measure}`);
        await two.page.goto(`${base}/staff/cases/${ref}/acts/decide_disposal`);
        await two.page.check('input[name=approved][value=yes]');
        await two.page.click('form.card button.govuk-button');
        await two.page.waitForURL(/done=decide_disposal/);
        await one.page.goto(`${base}/staff/cases/${ref}`);
        const page = await one.page.textContent('main');
        assert.equal(page.includes(title), measure === 'lift', `${measure}: the words`);
        await look(one, `disposal-${measure}`);
        await eye.page.goto(`${base}/staff/cases/${ref}`);
        await look(eye, `disposal-${measure}`);
        await follow(petitioner, server, id);
        const theirs = await petitioner.page.textContent('main');
        assert.equal(theirs.includes(title), measure !== 'erase', `${measure}: the petitioner's own page`);
        if (measure !== 'lift') await look(petitioner, `disposal-told-${measure}`);
      }
      await one.page.goto(`${base}/staff/cases/${ref}/letters/0`);
      assert.match(await one.page.textContent('main'), /销毁/);
      await look(one, 'disposal-refused');
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}
