// Builds the elements of a turn. Text from the server or the user is only set as textContent, so it
// cannot become markup.
window.lct = window.lct || {};
window.lct.renderTurn = (function () {
  'use strict';

  const texts = JSON.parse(document.getElementById('texts').textContent);
  window.lct.texts = texts;
  const VERDICTS = {
    applies: texts.applies, fits: texts.fits, maybe: texts.maybe, not_applicable: texts.notApplicable,
    closed: texts.closed,
  };
  const face = document.body.dataset.face;

  function make(tag, cls, text) {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  }

  function append(parent) {
    for (let i = 1; i < arguments.length; i++) if (arguments[i]) parent.appendChild(arguments[i]);
    return parent;
  }

  function renderLink(item) {
    const url = String(item.url);
    const tel = url.indexOf('tel:') === 0;
    const web = /^https?:\/\//.test(url);
    const own = url[0] === '/' && url[1] !== '/';
    const el = make(tel || web || own ? 'a' : 'span', tel ? 'act call' : 'act', item.label);
    if (tel || web || own) el.href = url;
    if (web) { el.target = '_blank'; el.rel = 'noopener noreferrer'; }
    return el;
  }

  // Adds text whose URLs become links. The same rule as split_urls in reply_layout.py.
  function appendText(el, text) {
    text.split(/(https?:\/\/[^\s，。）)]+)/).forEach(function (part, n) {
      const source = n % 2 ? renderLink({ label: part, url: part }) : document.createTextNode(part);
      if (n % 2) source.className = 'source';
      el.appendChild(source);
    });
    return el;
  }

  function renderCard(card) {
    const el = make('details', 'card ' + (VERDICTS[card.verdict] ? card.verdict : ''));
    const name = make('span', 'name', card.title);
    if (card.note) name.appendChild(make('small', '', card.note));
    const summary = append(make('summary'), name);
    if (VERDICTS[card.verdict]) summary.appendChild(make('span', 'badge', VERDICTS[card.verdict]));
    const parts = make('dl');
    card.sections.forEach(function (part) {
      append(parts, make('dt', '', part.heading),
        appendText(make('dd', part.heading === texts.quoteHeading ? 'quote' : ''), part.body));
    });
    append(el, summary, parts);
    if (!card.ask) return el;
    return append(el, renderChips({ choices: [{ id: card.ask, label: texts.askOn, said: card.title }] }));
  }

  function renderButton(choice, cls) {
    const el = make('button', cls || 'chip', choice.label);
    el.name = 'choice';
    el.value = choice.id;
    if (choice.said) el.dataset.said = choice.said;
    return el;
  }

  function renderForm(cls) {
    const el = make('form', cls);
    el.method = 'post';
    el.action = '/chat';
    return el;
  }

  // Checkboxes in a form of their own, so that Enter on a box sends the ticked ones and not the first
  // chip.
  function renderTicker(reply) {
    const el = make('div', 'ticks');
    reply.choices.forEach(function (choice) {
      if (choice.id.indexOf('a:') !== 0 || choice.id === reply.solo) return;
      const label = make('label', 'chip tick');
      const box = make('input');
      box.type = 'checkbox';
      box.name = 'tick';
      box.value = choice.id;
      box.checked = (reply.ticked || []).indexOf(choice.id) >= 0;
      el.appendChild(append(label, box, make('span', '', choice.label)));
    });
    append(el, make('button', 'chip done', texts.severalDone));
    const fold = append(make('details', 'many'), make('summary', 'chip', texts.several), el);
    return append(renderForm('ticker'), fold);
  }

  function renderChips(reply) {
    const el = renderForm('chips');
    reply.choices.forEach(function (choice) { el.appendChild(renderButton(choice)); });
    return el;
  }

  function renderBot() {
    const img = make('img', 'face');
    img.src = face;
    img.alt = '';
    img.width = img.height = 36;
    const said = make('div', 'said');
    return { row: append(make('div', 'bot'), img, said), said: said };
  }

  // The same rules as split_lines in reply_layout.py.
  function renderLines(text, question) {
    const el = make('p', 'bubble');
    text.split('\n').forEach(function (line) {
      let kind = '';
      if (line[0] === '⚠') kind = 'warn';
      else if (line[0] === '·') kind = 'item';
      else if (question && line.slice(-question.length) === question) kind = 'question';
      const parts = kind ? null : /^([^：“”《》（）\s，。？！·]{2,8}：)(.+)$/.exec(line);
      const span = make('span', 'line ' + kind);
      if (parts) span.appendChild(make('b', '', parts[1]));
      el.appendChild(appendText(span, parts ? parts[2] : line));
    });
    return el;
  }

  function renderReply(data, question) {
    const el = renderBot();
    append(el.said, renderLines(data.text, question));
    (data.cards || []).forEach(function (card) {
      append(el.said, card.head && make('h2', 'head', card.head), renderCard(card));
    });
    if (data.after) append(el.said, make('p', 'after', data.after));
    if (data.links && data.links.length) {
      const row = make('p', 'links');
      data.links.forEach(function (item) { row.appendChild(renderLink(item)); });
      el.said.appendChild(row);
    }
    if (data.multiple) el.said.appendChild(renderTicker(data));
    if (data.choices && data.choices.length) el.said.appendChild(renderChips(data));
    return el.row;
  }

  function renderTyping() {
    const el = renderBot();
    const dots = make('p', 'bubble typing');
    dots.setAttribute('aria-hidden', 'true');
    append(dots, make('i'), make('i'), make('i'));
    el.said.appendChild(dots);
    return el.row;
  }

  // Returns a turn: the message of the user, and the replies, a typing indicator or an error.
  function renderTurn(data) {
    const el = make('article', 'turn');
    el.dataset.id = data.id;
    el.tabIndex = -1;
    if (data.you) {
      append(el, append(make('div', 'you'), make('p', 'bubble', data.you)));
    }
    if (data.error) append(el, make('p', 'failed', data.error));
    else if (!data.view) append(el, make('p', 'waiting', texts.waiting), renderTyping()); // the style shows one
    else {
      data.view.replies.forEach(function (item) { el.appendChild(renderReply(item, data.view.asking)); });
      if (data.view.card) {
        append(el, append(make('p', 'links wide'),
          renderLink({ label: texts.toCard, url: data.view.card })));
      }
    }
    return el;
  }

  return renderTurn;
})();
