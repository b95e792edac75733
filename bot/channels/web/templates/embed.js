// Puts a button on a page of another site that opens the chat in a frame.
(function () {
  'use strict';

  const script = document.currentScript;
  const texts = {{ texts|tojson }};
  const origin = new URL(script.src).origin;
  const left = script.dataset.side === 'left';
  const colour = script.dataset.colour || '#8f2670';
  let panel = null;
  let frame = null;

  function make(tag, style, properties) {
    const el = Object.assign(document.createElement(tag), properties);
    Object.assign(el.style, style);
    return el;
  }

  const side = left ? { left: '16px' } : { right: '16px' };
  const opener = make('button', Object.assign({
    position: 'fixed', bottom: '16px', zIndex: '2147483000', minHeight: '48px', padding: '0 20px',
    border: '0', borderRadius: '24px', background: colour, color: '#fff',
    font: '600 16px/1.2 system-ui, sans-serif', boxShadow: '0 2px 10px rgba(0,0,0,.3)', cursor: 'pointer',
  }, side), { type: 'button', id: 'lct-open', textContent: script.dataset.label || texts.open });
  opener.setAttribute('aria-expanded', 'false');
  opener.setAttribute('aria-haspopup', 'dialog');

  function build() {
    panel = make('div', Object.assign({
      position: 'fixed', bottom: '16px', zIndex: '2147483001', display: 'flex', flexDirection: 'column',
      width: 'min(400px, calc(100vw - 32px))', height: 'min(640px, calc(100vh - 32px))',
      background: '#fff', borderRadius: '12px', overflow: 'hidden', boxShadow: '0 4px 24px rgba(0,0,0,.35)',
    }, side), { id: 'lct-panel' });
    panel.setAttribute('role', 'dialog');
    panel.setAttribute('aria-label', texts.title);
    const closer = make('button', {
      minHeight: '44px', border: '0', background: colour, color: '#fff', cursor: 'pointer',
      font: '600 16px/1.2 system-ui, sans-serif', flex: 'none',
    }, { type: 'button', id: 'lct-close', textContent: texts.close });
    closer.addEventListener('click', close);
    frame = make('iframe', { border: '0', width: '100%', flex: '1' },
      { src: origin + '/embed', title: texts.title, id: 'lct-frame' });
    panel.append(closer, frame);
    document.body.append(panel);
  }

  function open() {
    if (!panel) build();
    panel.style.display = 'flex';
    opener.style.visibility = 'hidden';
    opener.setAttribute('aria-expanded', 'true');
    frame.focus();
  }

  // The frame stays, so that the conversation goes on.
  function close() {
    panel.style.display = 'none';
    opener.style.visibility = 'visible';
    opener.setAttribute('aria-expanded', 'false');
    opener.focus();
  }

  function isOpen() { return panel && panel.style.display !== 'none'; }

  opener.addEventListener('click', open);
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape' && isOpen()) close();
  });
  // Keys that are pressed in the frame stay there; its page tells when Escape was.
  window.addEventListener('message', function (event) {
    const ours = frame && event.source === frame.contentWindow && event.origin === origin;
    if (ours && event.data === 'lct-close' && isOpen()) close();
  });

  if (document.body) document.body.append(opener);
  else document.addEventListener('DOMContentLoaded', function () { document.body.append(opener); });
})();
