// Sends each message until it is answered, exactly once: a message gets its id when it is made,
// is kept in this phone's storage until the answer is there, and the server knows the id again.
(function () {
  'use strict';

  const page = document.body.dataset;
  const log = document.getElementById('log');
  const text = document.getElementById('text');
  const state = document.getElementById('state');
  const strip = document.getElementById('strip');
  const keep = window.lct.keep(page.session);
  const SLOWEST = 30000;
  let first = page.first === '1';
  let sending = false;
  let failures = 0;
  let timer = 0;
  let notBefore = 0; // until then the service does not want to be asked, by performance.now()
  let given = null; // the answer that came with this page, while a message that may be its own waits
  let clock = 0;

  // --- A new message

  function stamp() {
    clock = Math.max(Date.now(), clock + 1);
    return String(clock).padStart(14, '0');
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, function (b) { return b.toString(16).padStart(2, '0'); }).join('');
  }

  // What is half typed outlives a reload: phones throw pages in the background away.
  function draft(words) {
    try {
      if (words) sessionStorage.setItem('lct-draft', words);
      else sessionStorage.removeItem('lct-draft');
    } catch (off) { /* no storage */ }
  }
  function drafted() {
    try { return sessionStorage.getItem('lct-draft') || ''; } catch (off) { return ''; }
  }
  text.addEventListener('input', function () { draft(text.value); });

  // --- What is shown

  function articleOf(id) {
    return Array.from(log.children).find(function (el) { return el.dataset.id === id; });
  }

  function place(turn) {
    const el = window.lct.turn(turn);
    el.dataset.at = turn.at + ':' + turn.id; // as in keep: two tabs may stamp the same millisecond
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
    const was = strip.textContent;
    const ticked = Array.from(log.querySelectorAll('.many[open] .tick input:checked'));
    const el = place(turn);
    settle();
    if (turn.view) carry(ticked, was && strip.textContent === was ? el : null);
    return el;
  }

  // What is ticked stays so while the same question waits; with the next one it is done with.
  function carry(ticked, to) {
    ticked.forEach(function (box) {
      box.checked = false;
      const same = to && Array.from(to.querySelectorAll('.tick input')).find(function (other) {
        return other.value === box.value;
      });
      if (same) { same.checked = true; same.closest('.many').open = true; }
    });
  }

  function lastArticle() {
    const all = log.querySelectorAll('.turn');
    return all[all.length - 1];
  }

  // Only the newest turn that offers answers does so; older ones keep links to supports. A turn
  // with nothing to tap (不客气) leaves standing what was offered before it, as the guide does.
  function settle() {
    const all = Array.from(log.querySelectorAll('.turn'));
    let live = all.length - 1;
    if (live >= 0 && !all[live].querySelector('.typing')) {
      while (live > 0 && !asking(all[live])) live -= 1;
    }
    all.forEach(function (el, n) { el.classList.toggle('old', n < live); });
    const known = keep.turns().filter(function (turn) { return turn.view; });
    const newest = known[known.length - 1];
    strip.textContent = newest ? newest.view.asking : page.asking;
    watchQuestion();
  }

  // Where the newest turn is answered: the choices below its last reply.
  function asking(article) {
    const forms = article.querySelectorAll('.said > .chips');
    return forms[forms.length - 1] || null;
  }

  // What has to be in sight: the question itself. Its choices alone do not say what is asked.
  function question(article) {
    const lines = article.querySelectorAll('.asked');
    return lines[lines.length - 1] || asking(article) || article;
  }

  function atEnd() {
    return window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2;
  }

  let watcher = null;
  function watchQuestion() {
    if (watcher) watcher.disconnect();
    const last = lastArticle();
    const asked = last && question(last);
    if (!strip.textContent || !asked || !window.IntersectionObserver) { strip.hidden = true; return; }
    watcher = new IntersectionObserver(function (seen) {
      const end = atEnd();
      strip.hidden = seen[seen.length - 1].isIntersecting;
      // It must not push itself over what stood just above the input.
      if (end && !strip.hidden) window.scrollTo(0, document.documentElement.scrollHeight);
    }, { threshold: 0.2, rootMargin: '-56px 0px -72px 0px' });
    watcher.observe(asked);
  }

  // The end of the talk, but never past the beginning of the newest turn. Where the person's own
  // words fill the screen, the answer to them is what one wants to see.
  function scrollToTurn(el) {
    const reply = el.querySelector('.bot');
    const said = reply ? reply.offsetTop - el.offsetTop : 0;
    const seen = said > window.innerHeight / 2 ? reply : el;
    const top = seen.getBoundingClientRect().top + window.scrollY;
    const header = document.querySelector('header').offsetHeight;
    const end = document.documentElement.scrollHeight - window.innerHeight;
    window.scrollTo(0, Math.min(end, top - header - 8));
  }

  // --- Sending

  function say(fields, label) {
    const same = keep.queued().some(function (t) { return fields.choice && t.choice === fields.choice; });
    if (same) return;
    const turn = { id: newId(), at: stamp(), you: label, text: fields.text, choice: fields.choice };
    keep.save(turn);
    const el = show(turn);
    scrollToTurn(el);
    if (fields.choice) el.focus({ preventScroll: true });
    failures = 0;
    pump();
  }

  async function pump() {
    if (sending) return;
    clearTimeout(timer);
    const wait = notBefore - performance.now();
    if (wait > 0) { timer = setTimeout(pump, wait); return; }
    sending = true;
    try {
      let turn = keep.queued()[0];
      while (turn && await post(turn)) turn = keep.queued()[0];
    } finally {
      sending = false;
    }
  }

  function later(seconds, told) {
    failures += 1;
    const backoff = Math.min(SLOWEST, 700 * Math.pow(2, failures - 1));
    const pause = Math.max(seconds * 1000, backoff * (0.75 + Math.random() / 2));
    if (told || failures > 1) {
      // The phone may be fine and the service not: then nobody should go and look for the fault.
      const why = navigator.onLine === false ? '网络断了' : '暂时连不上';
      state.textContent = told || why + '，连上后会自动发送，不用重发。';
    }
    if (seconds) notBefore = performance.now() + seconds * 1000;
    timer = setTimeout(pump, pause);
    return false;
  }

  async function post(turn) {
    const stop = new AbortController();
    const alarm = setTimeout(function () { stop.abort(); }, 20000);
    const slow = setTimeout(function () { state.textContent = '网络有点慢，正在发送…'; }, 6000);
    const body = { message_id: turn.id, text: turn.text, choice: turn.choice, first: first };
    let answer, data;
    try {
      answer = await fetch('/chat', {
        method: 'POST', credentials: 'same-origin', redirect: 'error', signal: stop.signal,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      });
      data = await answer.json();
    } catch (lost) {
      return later(0);
    } finally {
      clearTimeout(alarm);
      clearTimeout(slow);
    }
    if (answer.ok) { took(turn, data); return true; }
    const again = answer.status >= 500 || answer.status === 429 || answer.status === 408;
    if (again && !(answer.status === 500 && failures >= 5)) {
      // The service asks to come again; here that happens by itself.
      const told = '现在有点忙，稍等会自动发送，不用重发。' + (failures > 4 ? '急事请拨 12345。' : '');
      return later(Number(answer.headers.get('Retry-After')) || 0, told);
    }
    fail(turn, data.error);
    return true;
  }

  function took(turn, data) {
    failures = 0;
    state.textContent = '';
    first = false;
    if (data.forgotten) { forget(turn, data); return; }
    if (data.session !== keep.session()) { keep.move(data.session); keep.save(turn); }
    if (data.greeting) {
      const greeting = { id: 'greeting', at: '0'.padStart(14, '0'), view: data.greeting };
      keep.save(greeting);
      show(greeting);
    }
    if (given && given.view.mark === data.mark) { // it was the answer to this
      const twin = articleOf(given.id);
      keep.drop(given);
      if (twin) twin.remove(); // another tab may have been faster
      given = null;
    }
    if (!keep.has(turn)) return; // another tab erased the conversation meanwhile
    turn.view = { replies: data.replies, asking: data.asking, card: data.card, mark: data.mark };
    keep.save(turn);
    const focused = document.activeElement && document.activeElement.dataset.id === turn.id;
    const el = show(turn);
    if (focused) el.focus({ preventScroll: true });
    scrollToTurn(el);
    keep.prune();
  }

  function fail(turn, why) {
    state.textContent = '';
    turn.error = why || '这一句没有发出去，请换个说法。';
    keep.save(turn);
    show(turn);
  }

  function forget(turn, data) {
    keep.empty(data.session);
    text.value = '';
    draft('');
    page.asking = '';
    log.querySelectorAll('.turn').forEach(function (el) { el.remove(); });
    show({ id: turn.id, at: turn.at, view: data });
  }

  // --- Forms: everything that can be sent is a form, so it works without this script too.

  let pressed = null; // browsers before 2022 do not say which button submitted
  document.addEventListener('click', function (event) {
    pressed = event.target.closest ? event.target.closest('button') : null;
    const menu = document.getElementById('menu');
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  }, true);

  // What erases is asked first, in the menu's words, wherever it is tapped.
  function refused(choice) {
    if (choice === 'c:restart' && first) return false;
    const own = Array.from(document.querySelectorAll('[data-ask]')).find(function (item) {
      return item.value === choice;
    });
    return Boolean(own) && !confirm(own.dataset.ask);
  }

  document.addEventListener('submit', function (event) {
    const form = event.target;
    const by = event.submitter || pressed;
    event.preventDefault();
    document.getElementById('menu').open = false;
    if (form.id === 'say') {
      const words = text.value.trim();
      text.value = '';
      draft('');
      if (words) say({ text: words }, words);
      return;
    }
    if (by && refused(by.value)) return;
    if (by && by.name === 'choice') { say({ choice: by.value }, by.dataset.said || by.textContent); return; }
    const ticks = Array.from(form.querySelectorAll('input:checked'));
    if (!ticks.length) return;
    const rest = ticks.slice(1).map(function (box) { return box.value.split(':').pop(); });
    say({ choice: [ticks[0].value].concat(rest).join('+') }, ticks.map(function (box) {
      return box.parentNode.textContent;
    }).join('、'));
  });

  document.addEventListener('toggle', function (event) {
    const el = event.target;
    if (!el.classList || !el.classList.contains('many')) return;
    el.parentNode.classList.toggle('ticking', el.open);
    if (el.open) el.querySelector('.done').scrollIntoView({ block: 'nearest' });
  }, true);

  document.getElementById('menu').addEventListener('focusout', function (event) {
    if (event.relatedTarget && !this.contains(event.relatedTarget)) this.open = false;
  });

  document.addEventListener('keydown', function (event) {
    const menu = document.getElementById('menu');
    if (event.key === 'Escape' && menu.open) { menu.open = false; menu.firstElementChild.focus(); }
  });

  strip.addEventListener('click', function () {
    const last = lastArticle();
    question(last).scrollIntoView({ block: 'center' });
    const next = last.querySelector('.ticking input') || (asking(last) || last).querySelector('button');
    if (next) next.focus({ preventScroll: true });
  });

  // --- Coming back

  window.addEventListener('online', function () { failures = 0; pump(); });
  window.addEventListener('pageshow', pump);
  document.addEventListener('visibilitychange', function () { if (!document.hidden) pump(); });
  window.addEventListener('storage', function (event) {
    if (!keep.owns(event.key)) return;
    const turn = event.newValue ? keep.read(event.key) : null;
    const gone = articleOf(event.key.split(':').pop());
    // Who reads the end of the talk goes on reading it; nobody else is moved.
    if (turn && atEnd()) scrollToTurn(show(turn));
    else if (turn) show(turn);
    else if (gone) { gone.remove(); settle(); }
    // Erased in the other tab: here too the talk begins anew, not on an empty page.
    if (!lastArticle()) { location.reload(); return; }
    // The other tab sends its own message; we only step in if it cannot.
    clearTimeout(timer);
    timer = setTimeout(pump, 5000);
  });

  // What came with the page is kept like every other answer, else it would be gone with the next.
  function keepServed(newest) {
    const at = newest ? newest.at + '~' : '0'.padStart(14, '0');
    const view = JSON.parse(document.getElementById('view').textContent);
    given = { id: 'given' + at, at: at, view: view };
    keep.save(given);
    if (!keep.queued().length) given = null;
  }

  function resume() {
    keep.move(page.session);
    if (first) keep.answered().forEach(keep.drop);
    const done = keep.turns().filter(function (turn) { return turn.view; });
    const newest = done[done.length - 1];
    const served = articleOf('server');
    if (served) {
      if (!newest || newest.view.mark !== page.mark) keepServed(newest);
      served.remove();
    } else articleOf('greeting').dataset.at = '0';
    const kept = keep.turns();
    kept.forEach(place);
    settle();
    text.value = text.value || drafted();
    if (kept.length) window.scrollTo(0, document.documentElement.scrollHeight);
    if (keep.queued().length) state.textContent = '有一句还没发出去，正在重发…';
    pump();
  }
  resume();
})();
