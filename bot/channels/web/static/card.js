// The buttons of the result card: print, save as a picture, share the link.
(function () {
  'use strict';

  const texts = JSON.parse(document.getElementById('texts').textContent);
  const card = document.getElementById('card');
  const status = document.getElementById('status');
  const link = document.getElementById('link');
  // The server leaves the address out where it does not know its own name.
  const url = card.dataset.url || location.href.split('#')[0];
  link.value = url;
  // Pixels of the picture. A phone shows it at half its size, so letters are twice as tall here.
  const WIDTH = 750;
  const MAX_HEIGHT = 1334; // one screen of a phone
  const EDGE = 48;
  const INDENT = 40;
  const QR_SIZE = 200;
  const MAX_ITEMS = 3; // the QR code of the picture leads to the other ones

  // The browser of WeChat has no printing.
  if (/MicroMessenger/i.test(navigator.userAgent)) document.getElementById('print').remove();
  else document.getElementById('print').addEventListener('click', function () { window.print(); });

  // --- Sharing

  function showLink(ok) {
    link.hidden = false;
    link.select();
    status.textContent = ok ? texts.copied : texts.copy;
  }

  document.getElementById('share').addEventListener('click', function () {
    if (navigator.share) {
      navigator.share({ title: document.title, url: url }).catch(function () { showLink(false); });
    } else if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(url).then(function () { showLink(true); }, function () { showLink(false); });
    } else {
      link.hidden = false;
      link.select();
      showLink(document.execCommand('copy'));
    }
  });

  // --- The picture, drawn line by line on a canvas: browsers disagree about HTML in SVG

  function wrap(pen, text, width) {
    const out = [];
    text.split('\n').forEach(function (part) {
      let line = '';
      // Numbers and Latin words are not split; an opening bracket stays with the next word.
      for (const ch of part.match(/[（“《]*(?:[\x21-\x7e]{1,30}|[^])/gu) || []) {
        const closes = /^[，。、；：？！）”》]$/.test(ch); // may exceed the width
        if (line && !closes && pen.measureText(line + ch).width > width) { out.push(line); line = ''; }
        line += ch;
      }
      out.push(line);
    });
    return out;
  }

  // The first `max` lines; the last one ends with … if there are more.
  function clip(lines, max) {
    if (lines.length <= max) return lines;
    return lines.slice(0, max - 1).concat(lines[max - 1].slice(0, -1) + '…');
  }

  function titleOf(el) { return el.firstChild.textContent.trim(); }

  // Returns title, what one gets, and whom to ask, of the supports that the picture names.
  function collectItems() {
    const plan = Array.from(document.querySelectorAll('article.plan')).map(function (item) {
      return [item.querySelector('.todo b').textContent, item.querySelector('.gets').textContent,
        texts.whom + item.querySelector('.whom').childNodes[1].textContent];
    });
    if (plan.length) return plan;
    return Array.from(document.querySelectorAll('.card .name')).slice(0, MAX_ITEMS).map(function (name) {
      const notes = Array.from(name.querySelectorAll('small')).map(function (el) { return el.textContent; });
      return ['· ' + titleOf(name), notes[0] || '', notes[1] || ''];
    });
  }

  function collectRows() {
    const rows = [];
    const put = function (text, size, color, gap, weight, indent, max) {
      if (text) rows.push({ text: text, size: size, color: color, gap: gap, weight: weight, indent: indent, max: max });
    };
    const answers = Array.from(document.querySelectorAll('#answers dd')).map(function (el) {
      return el.textContent;
    });
    const items = collectItems();
    put(texts.name, 28, '#8f2670', 0, 'bold', 0, 1);
    put(texts.title, 42, '#8f2670', 0, 'bold', 0, 1);
    put(answers.join('；'), 28, '#2b1a26', 6, '', 0, 2);
    put(titleOf(document.getElementById('stamp')), 24, '#6b5d67', 2, '', 0, 1);
    put(Array.from(document.querySelectorAll('#stamp .paper')).map(function (el) {
      return el.textContent;
    }).join('\n'), 22, '#6b5d67', 2, '', 0, 3);
    items.forEach(function (item) {
      put(item[0], 32, '#2b1a26', 22, '600', 0, 1);
      put(item[1], 28, '#2b1a26', 2, '', INDENT, 2);
      put(item[2], 28, '#6b5d67', 2, '', INDENT, 1);
    });
    const left = document.querySelectorAll('article.plan, details.card').length - items.length;
    if (left > 0) put(texts.more.replace('{count}', left), 28, '#8f2670', 20, '', 0, 1);
    put(document.getElementById('foot').textContent, 24, '#6b5d67', 16, '', 0, 2);
    return rows;
  }

  function draw() {
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d');
    const font = function (row) {
      pen.font = row.weight + ' ' + row.size + 'px system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif';
    };
    const rows = collectRows();
    let height = EDGE;
    rows.forEach(function (row) {
      font(row);
      row.lines = clip(wrap(pen, row.text, WIDTH - 2 * EDGE - row.indent), row.max);
      height += row.gap + row.lines.length * row.size * 1.4;
    });
    canvas.width = WIDTH;
    canvas.height = Math.min(MAX_HEIGHT, Math.ceil(height + QR_SIZE + EDGE));
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.textBaseline = 'top';
    let y = EDGE;
    rows.forEach(function (row) {
      font(row);
      pen.fillStyle = row.color;
      y += row.gap;
      row.lines.forEach(function (line) {
        pen.fillText(line, EDGE + row.indent, y);
        y += row.size * 1.4;
      });
    });
    drawQrCode(pen, canvas.height - QR_SIZE - EDGE / 2);
    return canvas;
  }

  function drawQrCode(pen, y) {
    const svg = document.querySelector('#qr svg');
    const path = svg && svg.querySelector('path[stroke]');
    if (!path || !window.Path2D) return;
    const scale = QR_SIZE / svg.viewBox.baseVal.width;
    pen.save();
    pen.translate(EDGE, y);
    pen.scale(scale, scale);
    pen.strokeStyle = '#000';
    pen.stroke(new Path2D(path.getAttribute('d')));
    pen.restore();
    pen.fillStyle = '#6b5d67';
    pen.font = '28px system-ui, sans-serif';
    pen.fillText(texts.qr, EDGE + QR_SIZE + 24, y + QR_SIZE / 2 - 14);
  }

  document.getElementById('save').addEventListener('click', function () {
    draw().toBlob(function (blob) {
      const url = URL.createObjectURL(blob);
      const holder = document.getElementById('picture');
      const img = document.createElement('img');
      img.src = url;
      img.alt = texts.picture;
      const save = document.createElement('a');
      save.className = 'act';
      save.href = url;
      save.download = texts.file;
      save.textContent = texts.download;
      holder.textContent = '';
      holder.appendChild(save);
      holder.appendChild(img);
      holder.hidden = false;
      status.textContent = texts.made;
      holder.scrollIntoView({ block: 'nearest' });
    }, 'image/png');
  });
})();
