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
  const EDGE = 48;
  const INDENT = 24;
  const MAX_CARDS = 14; // the QR code of the picture leads to the other ones

  document.getElementById('print').addEventListener('click', function () { window.print(); });

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

  function collectRows() {
    const rows = [];
    // `indent` moves all lines of a row; `mark` is drawn at the edge of its first line.
    const put = function (text, size, color, gap, weight, indent, mark) {
      rows.push({ text: text, size: size, color: color, gap: gap || 0, weight: weight || '',
        indent: indent || 0, mark: mark || '' });
    };
    put(texts.name, 30, '#8f2670', 0, 'bold');
    put(texts.title, 44, '#8f2670', 0, 'bold');
    put(document.getElementById('stamp').innerText, 28, '#6b5d67', 12);
    document.querySelectorAll('#answers div').forEach(function (row) {
      put(row.children[0].textContent + '：' + row.children[1].textContent, 32, '#2b1a26', 14);
    });
    let group = '';
    let drawn = 0;
    const all = document.querySelectorAll('details.card');
    all.forEach(function (item) {
      if (++drawn > MAX_CARDS) return;
      if (item.dataset.group !== group) {
        group = item.dataset.group;
        put(group, 36, '#8f2670', 36, 'bold');
      }
      const name = item.querySelector('.name');
      const title = name.firstChild.textContent.trim();
      const badge = item.querySelector('.badge').textContent;
      put(title + '（' + badge + '）', 32, '#2b1a26', 14, '600', INDENT, '·');
      name.querySelectorAll('small').forEach(function (note) {
        put(note.textContent, 28, '#6b5d67', 2, '', INDENT);
      });
    });
    const left = all.length - MAX_CARDS;
    if (left > 0) put(texts.more.replace('{count}', left), 30, '#8f2670', 24);
    put(document.getElementById('foot').textContent, 28, '#6b5d67', 32);
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
      row.lines = wrap(pen, row.text, WIDTH - 2 * EDGE - row.indent);
      height += row.gap + row.lines.length * row.size * 1.5;
    });
    canvas.width = WIDTH;
    canvas.height = Math.min(16000, height + 320);
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.textBaseline = 'top';
    let y = EDGE;
    rows.forEach(function (row) {
      font(row);
      pen.fillStyle = row.color;
      y += row.gap;
      if (row.mark) pen.fillText(row.mark, EDGE, y);
      row.lines.forEach(function (line) {
        pen.fillText(line, EDGE + row.indent, y);
        y += row.size * 1.5;
      });
    });
    drawQrCode(pen, y + 20);
    return canvas;
  }

  function drawQrCode(pen, y) {
    const svg = document.querySelector('#qr svg');
    const path = svg && svg.querySelector('path[stroke]');
    if (!path || !window.Path2D) return;
    const scale = 240 / svg.viewBox.baseVal.width;
    pen.save();
    pen.translate(EDGE, y);
    pen.scale(scale, scale);
    pen.strokeStyle = '#000';
    pen.stroke(new Path2D(path.getAttribute('d')));
    pen.restore();
    pen.fillStyle = '#6b5d67';
    pen.font = '28px system-ui, sans-serif';
    pen.fillText(texts.qr, EDGE + 264, y + 104);
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
