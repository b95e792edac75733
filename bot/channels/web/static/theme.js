// Text size and colour scheme chosen on this phone: applied before the first paint, changed by the
// buttons #big and #dark. The storage key keeps its first name, so that choices survive updates.
(function () {
  'use strict';
  var SIZES = ['', 'big', 'huge']; // 100, 128 and 160 %
  var root = document.documentElement;
  var chosen = '';
  try { chosen = localStorage.getItem('lct-look') || ''; } catch (e) { /* storage is off */ }
  root.className = 'js ' + chosen;

  function isDark() {
    var system = window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches;
    return root.classList.contains('dark') || (system && !root.classList.contains('light'));
  }

  function save() {
    var classes = ['big', 'huge', 'dark', 'light'].filter(function (c) {
      return root.classList.contains(c);
    });
    try { localStorage.setItem('lct-look', classes.join(' ')); } catch (e) { /* storage is off */ }
  }

  function connectSize(button) {
    var names = button.dataset.names.split('\n');
    var size = function () {
      return root.classList.contains('huge') ? 2 : root.classList.contains('big') ? 1 : 0;
    };
    var name = function () { button.lastElementChild.textContent = names[size()]; };
    name();
    button.addEventListener('click', function () {
      var next = SIZES[(size() + 1) % SIZES.length];
      root.classList.remove('big', 'huge');
      if (next) root.classList.add(next);
      name();
      save();
    });
  }

  function connectColours(button) {
    button.setAttribute('aria-pressed', isDark());
    button.addEventListener('click', function () {
      var dark = !isDark();
      root.classList.toggle('dark', dark);
      root.classList.toggle('light', !dark);
      button.setAttribute('aria-pressed', dark);
      save();
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    var size = document.getElementById('big');
    var colours = document.getElementById('dark');
    if (size) connectSize(size); // not every page has both
    if (colours) connectColours(colours);
  });
})();
