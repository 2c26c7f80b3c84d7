// Asks an authenticator for what the form is waiting for, and sends its answer with the form. Nothing is fetched: the
// question stands in the page. Browsers write binary as ArrayBuffer, the form carries it as base64url.
(() => {
  const form = document.querySelector('form.passkey');
  if (!form) return;
  const button = form.querySelector('button'), status = form.querySelector('[role=status]');
  const { verb, field, failed, missing } = form.dataset;
  if (!window.PublicKeyCredential) { status.textContent = missing; return; }
  button.hidden = false;
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const question = () => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) for (const known of list ?? []) known.id = bytes(known.id);
    return { publicKey: options };
  };
  const answer = given => {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (given.response[name]) response[name] = text(given.response[name]);
    }
    return JSON.stringify({ id: given.id, rawId: text(given.rawId), type: given.type, response });
  };
  const sent = Object.assign(document.createElement('input'), { type: 'hidden', name: field });
  form.append(sent);
  const ask = async () => {
    // What is missing is said before anybody is asked for a finger.
    if ([...form.querySelectorAll('input[type=text]')].some(input => !input.value.trim())) return form.submit();
    button.disabled = true;
    status.textContent = '';
    try {
      sent.value = answer(await navigator.credentials[verb](question()));
      form.submit();
    } catch {
      status.textContent = failed;
      button.disabled = false;
    }
  };
  form.addEventListener('submit', event => { event.preventDefault(); ask(); });
  if ('atOnce' in form.dataset) ask();
})();
