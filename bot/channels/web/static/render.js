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
    if (own && document.body.dataset.embed) el.target = '_blank'; // it may not be framed
    if (web) { el.target = '_blank'; el.rel = 'noopener noreferrer'; }
    return el;
  }

  // Adds texts and links, as reply_layout.py describes them.
  function appendParts(el, parts) {
    parts.forEach(function (part) {
      if (typeof part === 'string') { el.appendChild(document.createTextNode(part)); return; }
      const link = renderLink(part);
      link.className = 'source';
      el.appendChild(link);
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
        appendParts(make('dd', part.heading === texts.quoteHeading ? 'quote' : ''),
          part.parts || [part.body])); // a turn stored by an earlier page has no parts
    });
    append(el, summary, parts);
    if (!card.ask) return el;
    return append(el, renderChips([{ id: card.ask, label: texts.askOn, said: card.title }], 'chips'));
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
  function renderTicker(reply, question) {
    const el = make('div', 'ticks');
    el.setAttribute('role', 'group');
    el.setAttribute('aria-label', question);
    reply.choices.forEach(function (choice) {
      if (choice.kind !== 'answer') return;
      const label = make('label', 'chip tick');
      const box = make('input');
      box.type = 'checkbox';
      box.name = 'tick';
      box.value = choice.id;
      box.checked = (reply.ticked || []).indexOf(choice.id) >= 0;
      el.appendChild(append(label, box, make('span', '', choice.label)));
    });
    return append(renderForm('ticker'), make('p', 'key', texts.several), el,
      make('button', 'chip done', texts.severalDone));
  }

  function renderChips(choices, cls) {
    const el = renderForm(cls);
    choices.forEach(function (choice) { el.appendChild(renderButton(choice)); });
    return el;
  }

  // The choices of a reply by their kind, which reply_layout.py describes.
  function appendChoices(said, reply, question) {
    if (reply.multiple) said.appendChild(renderTicker(reply, question));
    ['answer', 'next', 'quiet', 'rate'].forEach(function (kind) {
      const group = (reply.choices || []).filter(function (choice) {
        return (choice.kind || 'next') === kind; // a turn stored by an earlier page has no kinds
      });
      if (!group.length || (reply.multiple && kind === 'answer')) return;
      const el = renderChips(group, 'chips ' + kind);
      if (kind === 'answer') el.setAttribute('aria-label', question);
      said.appendChild(el);
    });
  }

  function renderSpeaker(name) { return make('span', 'vh', name); }

  function renderBot() {
    const img = make('img', 'face');
    img.src = face;
    img.alt = '';
    img.width = img.height = 36;
    const said = append(make('div', 'said'), renderSpeaker(texts.bot));
    return { row: append(make('div', 'bot'), img, said), said: said };
  }

  // A block of a reply, as reply_layout.py describes it. The template draws the same.
  function renderBlock(block) {
    const lines = function (el, cls) {
      block.lines.forEach(function (parts) { el.appendChild(appendParts(make('span', cls), parts)); });
      return el;
    };
    if (block.role === 'later') return lines(make('div', 'later'), 'line');
    if (block.role === 'fold') {
      const fold = append(make('details', 'fold'), appendParts(make('summary'), block.title));
      fold.open = block.open;
      return lines(fold, 'line quote');
    }
    if (block.role !== 'row') return appendParts(make('span', 'line as-' + block.role), block.parts);
    const row = append(make('div', 'line row'), make('b', '', block.label),
      appendParts(make('span'), block.parts));
    if (!block.change) return row;
    const button = renderButton(block.change, 'change');
    button.dataset.said = block.change.label + block.label;
    return append(row, append(renderForm(''), append(button, make('span', 'vh', block.label))));
  }

  function renderProgress(view, named) {
    const bar = make('progress');
    bar.value = view.step;
    bar.max = view.steps;
    bar.setAttribute('aria-hidden', 'true');
    const text = texts.step.replace('{step}', view.step).replace('{steps}', view.steps);
    return append(make('div', 'progress'), bar, !named && make('span', '', text));
  }

  function renderBubble(reply, view) {
    const el = make('div', 'bubble');
    const blocks = reply.blocks || reply.text.split('\n').map(function (line) {
      return { role: 'plain', parts: [line] }; // a turn stored by an earlier page
    });
    let progress = Boolean(view.steps);
    blocks.forEach(function (block) {
      if (progress && (block.role === 'step' || block.role === 'question')) {
        el.appendChild(renderProgress(view, block.role === 'step'));
        progress = false;
      }
      el.appendChild(renderBlock(block));
    });
    return el;
  }

  function renderReply(data, view) {
    const el = renderBot();
    append(el.said, renderBubble(data, view));
    (data.cards || []).forEach(function (card) {
      append(el.said, card.head && make('h2', 'head', card.head), renderCard(card));
    });
    if (data.after) append(el.said, make('p', 'after', data.after));
    if (data.links && data.links.length) {
      const row = make('p', 'links');
      data.links.forEach(function (item) { row.appendChild(renderLink(item)); });
      el.said.appendChild(row);
    }
    appendChoices(el.said, data, view.asking);
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
      append(el, append(make('div', 'you'), renderSpeaker(texts.you), make('p', 'bubble', data.you)));
    }
    if (data.error) append(el, make('p', 'failed', data.error));
    else if (!data.view) append(el, make('p', 'waiting', texts.waiting), renderTyping()); // the style shows one
    else {
      data.view.replies.forEach(function (item) { el.appendChild(renderReply(item, data.view)); });
      const speak = make('button', 'speak', texts.speak);
      speak.type = 'button';
      append(el, append(make('p', 'tools-of-turn'), speak));
      if (data.view.card) {
        append(el, append(make('p', 'links wide'),
          renderLink({ label: texts.toCard, url: data.view.card })));
      }
    }
    return el;
  }

  // The words of the replies of a turn, without cards and choices.
  window.lct.wordsOf = function (turn) {
    return Array.from(turn.querySelectorAll('.bot .bubble')).map(function (bubble) {
      return bubble.innerText;
    }).join('\n');
  };

  return renderTurn;
})();
