// Sends each message until it is answered. A message gets its id when it is created, stays in
// localStorage until the answer arrives, and the server answers a repeated id with the stored answer,
// so each message is processed exactly once.
(function () {
  'use strict';

  const texts = window.lct.texts;
  const page = document.body.dataset;
  const log = document.getElementById('log');
  const text = document.getElementById('text');
  const state = document.getElementById('state');
  const strip = document.getElementById('strip');
  const spoken = document.getElementById('spoken');
  const examples = document.getElementById('examples');
  const storage = window.lct.createStorage(page.session, Boolean(page.embed));
  const MAX_BACKOFF = 30000; // milliseconds
  const REQUEST_TIMEOUT = 20000;
  const SLOW_AFTER = 6000;
  let first = page.first === '1';
  let sending = false;
  let failures = 0;
  let timer = 0;
  let notBefore = 0; // no request before this time of performance.now(): the server's Retry-After
  // The answer that came with this page, while an unsent message may be the one that it answers.
  let servedTurn = null;
  let lastStamp = 0;

  // --- A new message

  // Returns a time that sorts as text and is unique in this tab.
  function stamp() {
    lastStamp = Math.max(Date.now(), lastStamp + 1);
    return String(lastStamp).padStart(14, '0');
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, function (b) { return b.toString(16).padStart(2, '0'); }).join('');
  }

  // The half-typed message survives a reload, because phones discard pages in the background.
  function saveDraft(words) {
    try {
      if (words) sessionStorage.setItem('lct-draft', words);
      else sessionStorage.removeItem('lct-draft');
    } catch (off) { /* no storage */ }
  }
  function readDraft() {
    try { return sessionStorage.getItem('lct-draft') || ''; } catch (off) { return ''; }
  }
  text.addEventListener('input', function () { saveDraft(text.value); });

  // --- Showing turns

  function articleOf(id) {
    return Array.from(log.children).find(function (el) { return el.dataset.id === id; });
  }

  function place(turn) {
    const el = window.lct.renderTurn(turn);
    el.dataset.at = turn.at + ':' + turn.id; // with the id, as two tabs may stamp the same millisecond
    const old = articleOf(turn.id);
    if (old) log.replaceChild(el, old);
    else {
      const later = Array.from(log.children).find(function (other) {
        return other.dataset.at > el.dataset.at;
      });
      log.insertBefore(el, later || null);
    }
    return el;
  }

  function show(turn) {
    const questionBefore = strip.dataset.asking;
    const ticked = Array.from(log.querySelectorAll('.tick input:checked'));
    const el = place(turn);
    updateTurns();
    const sameQuestion = questionBefore && strip.dataset.asking === questionBefore;
    const waits = sameQuestion && !el.querySelector('.tick'); // the ticks stay until it is asked again
    if (turn.view && !waits) moveTicks(ticked, sameQuestion ? el : null);
    return el;
  }

  // Moves ticks to the same question in a newer turn, or clears them if the question is answered.
  function moveTicks(ticked, to) {
    ticked.forEach(function (box) {
      box.checked = false;
      const same = to && Array.from(to.querySelectorAll('.tick input')).find(function (other) {
        return other.value === box.value;
      });
      if (same) same.checked = true;
    });
  }

  function lastArticle() {
    const all = log.querySelectorAll('.turn');
    return all[all.length - 1];
  }

  // Hides the choices of all turns before the newest one that has choices; links to supports stay. A
  // turn without choices (不客气) leaves the previous ones usable, as the server does.
  function updateTurns() {
    const all = Array.from(log.querySelectorAll('.turn'));
    let live = all.length - 1;
    const known = storage.turns().filter(function (turn) { return turn.view; });
    const newest = known[known.length - 1];
    const view = newest ? newest.view : page;
    if (live >= 0 && !all[live].querySelector('.typing') && !view.offer) {
      while (live > 0 && !choicesOf(all[live])) live -= 1;
    }
    all.forEach(function (el, n) { el.classList.toggle('old', n < live); });
    strip.value = view.offer ? 'c:start' : '';
    strip.textContent = view.offer || view.asking;
    strip.dataset.asking = view.asking;
    strip.dataset.label = view.offer ? '' : texts.pending;
    watchQuestion();
  }

  // Returns the choices below the last reply of a turn.
  function choicesOf(article) {
    const replies = article.querySelectorAll('.said');
    return replies.length ? replies[replies.length - 1].querySelector('.ticker, .said > .chips') : null;
  }

  // Returns the element that must be visible: the question, because choices alone do not tell it.
  function questionOf(article) {
    const lines = article.querySelectorAll('.as-question');
    return lines[lines.length - 1] || choicesOf(article) || article;
  }

  function atEnd() {
    return window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2;
  }

  let watcher = null;
  function watchQuestion() {
    if (watcher) watcher.disconnect();
    if (strip.value) { strip.hidden = false; return; } // the question is not shown
    const last = lastArticle();
    const question = last && questionOf(last);
    if (!strip.textContent || !question || !window.IntersectionObserver) { strip.hidden = true; return; }
    watcher = new IntersectionObserver(function (entries) {
      const end = atEnd();
      strip.hidden = entries[entries.length - 1].isIntersecting;
      // The strip takes space above the input; scroll so that it covers nothing.
      if (end && !strip.hidden) window.scrollTo(0, document.documentElement.scrollHeight);
    }, { threshold: 0.2, rootMargin: '-56px 0px -72px 0px' });
    watcher.observe(question);
  }

  // Scrolls to the end of the page, but not past the beginning of this turn, or of its reply if the
  // message of the user fills half of the screen.
  function scrollToTurn(el) {
    const reply = el.querySelector('.bot');
    const messageHeight = reply ? reply.offsetTop - el.offsetTop : 0;
    const target = messageHeight > window.innerHeight / 2 ? reply : el;
    const top = target.getBoundingClientRect().top + window.scrollY;
    const header = document.querySelector('header').offsetHeight;
    const end = document.documentElement.scrollHeight - window.innerHeight;
    window.scrollTo(0, Math.min(end, top - header - 8));
  }

  // Has a screen reader read out the answer, without its choices.
  function announce(el) { spoken.textContent = window.lct.wordsOf(el); }

  // --- Sending

  function send(fields, label) {
    const alreadyQueued = storage.queued().some(function (t) { return fields.choice && t.choice === fields.choice; });
    if (alreadyQueued) return;
    const turn = { id: newId(), at: stamp(), you: label, text: fields.text, choice: fields.choice };
    storage.save(turn);
    if (examples) examples.hidden = true;
    const el = show(turn);
    scrollToTurn(el);
    if (fields.choice) el.focus({ preventScroll: true });
    failures = 0;
    sendQueued();
  }

  async function sendQueued() {
    if (sending) return;
    clearTimeout(timer);
    const wait = notBefore - performance.now();
    if (wait > 0) { timer = setTimeout(sendQueued, wait); return; }
    sending = true;
    try {
      let turn = storage.queued()[0];
      while (turn && await post(turn)) turn = storage.queued()[0];
    } finally {
      sending = false;
    }
  }

  // Tries again after a pause: at least `seconds`, else with exponential backoff. Shows `message`, or
  // from the second failure on that there is no connection. Returns false.
  function retryLater(seconds, message) {
    failures += 1;
    showUnsent(true);
    const backoff = Math.min(MAX_BACKOFF, 700 * Math.pow(2, failures - 1));
    const pause = Math.max(seconds * 1000, backoff * (0.75 + Math.random() / 2));
    if (message || failures > 1) {
      // Say that the network is down only if it is: the service may be the one that fails.
      const why = navigator.onLine === false ? texts.offline : texts.unreachable;
      state.textContent = message || texts.sentLater.replace('{why}', why);
    }
    if (seconds) notBefore = performance.now() + seconds * 1000;
    timer = setTimeout(sendQueued, pause);
    return false;
  }

  // Marks messages without an answer as not sent, instead of showing that the bot types.
  function showUnsent(unsent) { log.classList.toggle('unsent', unsent); }

  // Posts a message. Returns whether the next one can be sent.
  async function post(turn) {
    // Missing before Chromium 66 and Safari 11.1, where a request hangs until the browser gives up.
    const stop = window.AbortController ? new AbortController() : null;
    const alarm = setTimeout(function () { if (stop) stop.abort(); }, REQUEST_TIMEOUT);
    const slow = setTimeout(function () { state.textContent = texts.slow; }, SLOW_AFTER);
    const body = { message_id: turn.id, text: turn.text, choice: turn.choice, first: first };
    if (page.embed) body.embed = page.embed;
    let response, data;
    try {
      const options = {
        method: 'POST', credentials: 'same-origin', redirect: 'error',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      };
      if (stop) options.signal = stop.signal;
      response = await fetch('/chat', options);
      data = await response.json();
    } catch (lost) {
      return retryLater(0);
    } finally {
      clearTimeout(alarm);
      clearTimeout(slow);
    }
    if (response.ok) { accept(turn, data); return true; }
    const retry = response.status >= 500 || response.status === 429 || response.status === 408;
    if (retry && !(response.status === 500 && failures >= 5)) {
      // Not the message of the response: that asks the user to send again.
      const message = texts.busyLater + (failures > 4 ? texts.busyCall : '');
      return retryLater(Number(response.headers.get('Retry-After')) || 0, message);
    }
    fail(turn, data.error);
    return true;
  }

  function accept(turn, data) {
    failures = 0;
    showUnsent(false);
    state.textContent = data.notice || '';
    first = false;
    if (data.embed) page.embed = data.embed;
    if (data.forgotten) { forget(turn, data); return; }
    if (data.session !== storage.session()) { storage.switchTo(data.session); storage.save(turn); }
    if (data.greeting) {
      const greeting = { id: 'greeting', at: '0'.padStart(14, '0'), view: data.greeting };
      storage.save(greeting);
      show(greeting);
    }
    if (servedTurn && servedTurn.view.mark === data.mark) { // it is the answer to this message
      const duplicate = articleOf(servedTurn.id);
      storage.drop(servedTurn);
      if (duplicate) duplicate.remove(); // unless another tab has removed it
      servedTurn = null;
    }
    if (!storage.has(turn)) return; // another tab erased the conversation meanwhile
    turn.view = { replies: data.replies, asking: data.asking, offer: data.offer, card: data.card,
      mark: data.mark, step: data.step, steps: data.steps };
    storage.save(turn);
    const focused = document.activeElement && document.activeElement.dataset.id === turn.id;
    const el = show(turn);
    if (focused) el.focus({ preventScroll: true });
    announce(el);
    scrollToTurn(el);
    storage.prune();
  }

  function fail(turn, message) {
    showUnsent(false);
    state.textContent = '';
    turn.error = message || texts.notSent;
    storage.save(turn);
    show(turn);
  }

  // Erases the conversation on this phone and shows the confirmation of the server.
  function forget(turn, data) {
    storage.clear(data.session);
    text.value = '';
    saveDraft('');
    page.asking = page.offer = '';
    log.querySelectorAll('.turn').forEach(function (el) { el.remove(); });
    show({ id: turn.id, at: turn.at, view: data });
  }

  // --- Forms: every message is a form, so the page works without this script too

  let pressed = null; // for browsers without SubmitEvent.submitter (before 2022)
  document.addEventListener('click', function (event) {
    pressed = event.target.closest ? event.target.closest('button') : null;
    const menu = document.getElementById('menu');
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  }, true);

  // Returns the item of the menu that says what to confirm before data is erased, if this choice
  // erases any.
  function confirmationOf(choice) {
    if (choice === 'c:restart' && first) return undefined;
    return Array.from(document.querySelectorAll('[data-ask]')).find(function (item) {
      return item.value === choice;
    });
  }

  document.addEventListener('submit', function (event) {
    const form = event.target;
    const by = event.submitter || pressed;
    event.preventDefault();
    document.getElementById('menu').open = false;
    if (form.id === 'say') {
      const words = text.value.trim();
      text.value = '';
      saveDraft('');
      if (words) send({ text: words }, words);
      return;
    }
    if (by && by.name === 'text') { send({ text: by.value }, by.value); return; }
    if (by && by.name === 'choice') {
      const choose = function () { send({ choice: by.value }, by.dataset.said || by.textContent); };
      const confirmation = confirmationOf(by.value);
      if (confirmation) window.lct.confirm(confirmation, by, choose);
      else choose();
      return;
    }
    const ticks = Array.from(form.querySelectorAll('input:checked'));
    if (!ticks.length) return;
    const rest = ticks.slice(1).map(function (box) { return box.value.split(':').pop(); });
    send({ choice: [ticks[0].value].concat(rest).join('+') }, ticks.map(function (box) {
      return box.parentNode.textContent;
    }).join('、'));
  });

  document.getElementById('menu').addEventListener('focusout', function (event) {
    if (event.relatedTarget && !this.contains(event.relatedTarget)) this.open = false;
  });

  document.addEventListener('keydown', function (event) {
    const menu = document.getElementById('menu');
    if (event.key !== 'Escape') return;
    if (menu.open) { menu.open = false; menu.firstElementChild.focus(); }
    else if (page.embed && !document.querySelector('dialog[open]')) parent.postMessage('lct-close', '*');
  });

  strip.addEventListener('click', function () {
    if (strip.value) { send({ choice: strip.value }, strip.textContent); return; }
    const last = lastArticle();
    questionOf(last).scrollIntoView({ block: 'center' });
    const next = last.querySelector('.tick input') || (choicesOf(last) || last).querySelector('button');
    if (next) next.focus({ preventScroll: true });
  });

  // --- Events of the browser, and the start of the page

  window.addEventListener('online', function () { failures = 0; showUnsent(false); sendQueued(); });
  window.addEventListener('offline', function () { showUnsent(true); });
  window.addEventListener('pageshow', sendQueued);
  document.addEventListener('visibilitychange', function () { if (!document.hidden) sendQueued(); });
  window.addEventListener('storage', function (event) {
    if (!storage.owns(event.key)) return;
    const turn = event.newValue ? storage.read(event.key) : null;
    const gone = articleOf(event.key.split(':').pop());
    // Follow the conversation only if its end is visible.
    if (turn && atEnd()) scrollToTurn(show(turn));
    else if (turn) show(turn);
    else if (gone) { gone.remove(); updateTurns(); }
    // The other tab erased the conversation: show the greeting instead of an empty page.
    if (!lastArticle()) { location.reload(); return; }
    // The other tab sends its own messages; help after 5 s if it cannot.
    clearTimeout(timer);
    timer = setTimeout(sendQueued, 5000);
  });

  // Stores the answer that came with the page, so that it does not disappear with the next one.
  function saveServedTurn(newest) {
    const at = newest ? newest.at + '~' : '0'.padStart(14, '0');
    const view = JSON.parse(document.getElementById('view').textContent);
    servedTurn = { id: 'given' + at, at: at, view: view };
    storage.save(servedTurn);
    if (!storage.queued().length) servedTurn = null;
  }

  function resume() {
    showUnsent(navigator.onLine === false);
    storage.switchTo(page.session);
    if (first) storage.answered().forEach(storage.drop);
    const done = storage.turns().filter(function (turn) { return turn.view; });
    const newest = done[done.length - 1];
    const served = articleOf('server');
    const ticked = Array.from(log.querySelectorAll('.tick input:checked')); // before the script ran
    if (served) {
      if (!newest || newest.view.mark !== page.mark) saveServedTurn(newest);
      served.remove();
    } else articleOf('greeting').dataset.at = '0';
    const stored = storage.turns();
    stored.forEach(place);
    updateTurns();
    if (ticked.length) moveTicks(ticked, lastArticle());
    text.value = text.value || readDraft();
    if (examples && stored.length) examples.hidden = true;
    if (stored.length) window.scrollTo(0, document.documentElement.scrollHeight);
    if (storage.queued().length) state.textContent = texts.resending;
    sendQueued();
  }
  resume();
})();
