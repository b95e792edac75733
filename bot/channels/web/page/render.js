// Builds what the page shows. Everything from outside goes in through textContent.
window.lct = window.lct || {};
window.lct.turn = (function () {
  'use strict';

  const VERDICTS = { applies: '适合您', fits: '对得上', maybe: '可能适合', not_applicable: '不适合' };
  const face = document.body.dataset.face;

  function make(tag, cls, text) {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  }

  function add(parent) {
    for (let i = 1; i < arguments.length; i++) if (arguments[i]) parent.appendChild(arguments[i]);
    return parent;
  }

  function link(item) {
    const url = String(item.url);
    const tel = url.indexOf('tel:') === 0;
    const web = /^https?:\/\//.test(url);
    const own = url[0] === '/' && url[1] !== '/';
    const el = make(tel || web || own ? 'a' : 'span', tel ? 'act call' : 'act', item.label);
    if (tel || web || own) el.href = url;
    if (web) { el.target = '_blank'; el.rel = 'noopener noreferrer'; }
    return el;
  }

  // Text whose addresses can be opened. The same rule as web_text.py.
  function words(el, text) {
    text.split(/(https?:\/\/[^\s，。）)]+)/).forEach(function (part, n) {
      const source = n % 2 ? link({ label: part, url: part }) : document.createTextNode(part);
      if (n % 2) source.className = 'source';
      el.appendChild(source);
    });
    return el;
  }

  function support(card) {
    const el = make('details', 'card ' + (VERDICTS[card.verdict] ? card.verdict : ''));
    const name = make('span', 'name', card.title);
    if (card.note) name.appendChild(make('small', '', card.note));
    const summary = add(make('summary'), name);
    if (VERDICTS[card.verdict]) summary.appendChild(make('span', 'badge', VERDICTS[card.verdict]));
    const parts = make('dl');
    card.sections.forEach(function (part) {
      add(parts, make('dt', '', part.heading),
        words(make('dd', part.heading === '原文' ? 'quote' : ''), part.body));
    });
    add(el, summary, parts);
    if (!card.ask) return el;
    return add(el, chips({ choices: [{ id: card.ask, label: '细看、追问这一项', said: card.title }] }));
  }

  function button(choice, cls) {
    const el = make('button', cls || 'chip', choice.label);
    el.name = 'choice';
    el.value = choice.id;
    if (choice.said) el.dataset.said = choice.said;
    return el;
  }

  function form(cls) {
    const el = make('form', cls);
    el.method = 'post';
    el.action = '/chat';
    return el;
  }

  // Boxes to tick, in a form of their own: Enter on a box sends what is ticked, not the first chip.
  function many(reply) {
    const el = make('div', 'ticks');
    reply.choices.forEach(function (choice) {
      if (choice.id.indexOf('a:') !== 0 || choice.id === reply.solo) return;
      const label = make('label', 'chip tick');
      const box = make('input');
      box.type = 'checkbox';
      box.name = 'tick';
      box.value = choice.id;
      box.checked = (reply.ticked || []).indexOf(choice.id) >= 0;
      el.appendChild(add(label, box, make('span', '', choice.label)));
    });
    add(el, make('button', 'chip done', '选好了'));
    const fold = add(make('details', 'many'), make('summary', 'chip', '不止一个？点这里打勾'), el);
    return add(form('ticker'), fold);
  }

  function chips(reply) {
    const el = form('chips');
    reply.choices.forEach(function (choice) { el.appendChild(button(choice)); });
    return el;
  }

  function bot() {
    const img = make('img', 'face');
    img.src = face;
    img.alt = '';
    img.width = img.height = 36;
    const said = make('div', 'said');
    return { row: add(make('div', 'bot'), img, said), said: said };
  }

  // The same rules as web_text.py.
  function lines(text, asking) {
    const el = make('p', 'bubble');
    text.split('\n').forEach(function (line) {
      let kind = '';
      if (line[0] === '⚠') kind = 'warn';
      else if (line[0] === '·') kind = 'item';
      else if (asking && line.slice(-asking.length) === asking) kind = 'asked';
      const parts = kind ? null : /^([^：“”《》（）\s，。？！·]{2,8}：)(.+)$/.exec(line);
      const span = make('span', 'line ' + kind);
      if (parts) span.appendChild(make('b', '', parts[1]));
      el.appendChild(words(span, parts ? parts[2] : line));
    });
    return el;
  }

  function reply(data, asking) {
    const el = bot();
    add(el.said, lines(data.text, asking));
    (data.cards || []).forEach(function (card) {
      add(el.said, card.head && make('h2', 'head', card.head), support(card));
    });
    if (data.after) add(el.said, make('p', 'after', data.after));
    if (data.links && data.links.length) {
      const row = make('p', 'links');
      data.links.forEach(function (item) { row.appendChild(link(item)); });
      el.said.appendChild(row);
    }
    if (data.multiple) el.said.appendChild(many(data));
    if (data.choices && data.choices.length) el.said.appendChild(chips(data));
    return el.row;
  }

  function waiting() {
    const el = bot();
    const dots = make('p', 'bubble typing');
    dots.setAttribute('aria-hidden', 'true');
    add(dots, make('i'), make('i'), make('i'));
    el.said.appendChild(dots);
    return el.row;
  }

  // A whole turn: what the person said, and the replies, or that it waits, or why it failed.
  function turn(data) {
    const el = make('article', 'turn');
    el.dataset.id = data.id;
    el.tabIndex = -1;
    if (data.you) {
      add(el, add(make('div', 'you'), make('p', 'bubble', data.you)));
    }
    if (data.error) add(el, make('p', 'failed', data.error));
    else if (!data.view) add(el, waiting());
    else {
      data.view.replies.forEach(function (item) { el.appendChild(reply(item, data.view.asking)); });
      if (data.view.card) {
        add(el, add(make('p', 'links wide'),
          link({ label: '结果卡：打印、存图、分享', url: data.view.card })));
      }
    }
    return el;
  }

  return turn;
})();
