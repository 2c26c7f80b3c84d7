// Enhancement only: every page works without it. The quick exit, and the work asked of a busy source.
(() => {
  // The page that is left gives its place in the history to the one that follows.
  for (const exit of document.querySelectorAll('a.exit')) {
    exit.addEventListener('click', event => { event.preventDefault(); location.replace(exit.href); });
  }
  const form = document.querySelector('form[action^="/submit/"]');
  if (!form || !window.Worker) return;
  const put = (name, value) => {
    const input = Object.assign(document.createElement('input'), { type: 'hidden', name, value });
    form.append(input);
    return input;
  };
  // Whoever can work is asked to, where others wait.
  const scripts = put('scripts', '1');
  const { puzzle, pieces, bits, worker, working, sending } = form.dataset;
  if (!puzzle) return;
  const status = form.querySelector('[role=status]');
  let numbers, pressed;
  const go = () => { status.textContent = ''; form.requestSubmit(pressed); };
  // It begins while the petitioner still reads; whoever presses earlier is told and sent on when it is done.
  const machine = new Worker(worker);
  machine.onmessage = event => {
    numbers = event.data;
    put('puzzle', puzzle);
    put('numbers', numbers);
    if (pressed) go();
  };
  // Without the work there is the waiting room.
  machine.onerror = () => { numbers = ''; scripts.remove(); if (pressed) go(); };
  machine.postMessage({ puzzle, pieces: Number(pieces), bits: Number(bits) });
  form.addEventListener('submit', event => {
    if (numbers !== undefined || event.submitter?.value === 'save') return;
    event.preventDefault();
    pressed = event.submitter;
    status.textContent = working;
  });
  if (sending !== undefined) { pressed = form.querySelector('button[value=on]'); status.textContent = working; }
})();
