// Text size and colour scheme chosen on this phone: applied before the first paint, changed by the
// buttons #big and #dark. The storage key keeps its first name, so that choices survive updates.
(function () {
  'use strict';
  var root = document.documentElement;
  var chosen = '';
  try { chosen = localStorage.getItem('lct-look') || ''; } catch (e) { /* storage is off */ }
  root.className = 'js ' + chosen;

  function isDark() {
    var system = window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches;
    return root.classList.contains('dark') || (system && !root.classList.contains('light'));
  }

  function save() {
    var classes = ['big', 'dark', 'light'].filter(function (c) { return root.classList.contains(c); });
    try { localStorage.setItem('lct-look', classes.join(' ')); } catch (e) { /* storage is off */ }
  }

  function connect(id, isOn, toggle) {
    var button = document.getElementById(id);
    if (!button) return; // not every page has both
    button.setAttribute('aria-pressed', isOn());
    button.addEventListener('click', function () {
      toggle();
      button.setAttribute('aria-pressed', isOn());
      save();
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    connect('big', function () { return root.classList.contains('big'); }, function () {
      root.classList.toggle('big');
    });
    connect('dark', isDark, function () {
      var dark = !isDark();
      root.classList.toggle('dark', dark);
      root.classList.toggle('light', !dark);
    });
  });
})();
