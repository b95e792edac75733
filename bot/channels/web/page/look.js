// The look that was chosen on this phone: set before the first paint, changed by its switches.
(function () {
  'use strict';
  var root = document.documentElement;
  var look = '';
  try { look = localStorage.getItem('lct-look') || ''; } catch (e) { /* storage is off */ }
  root.className = 'js ' + look;

  function isDark() {
    var system = window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches;
    return root.classList.contains('dark') || (system && !root.classList.contains('light'));
  }

  function keep() {
    var chosen = ['big', 'dark', 'light'].filter(function (c) { return root.classList.contains(c); });
    try { localStorage.setItem('lct-look', chosen.join(' ')); } catch (e) { /* storage is off */ }
  }

  // Not every page has every switch.
  function onTap(id, isOn, turn) {
    var button = document.getElementById(id);
    if (!button) return;
    button.setAttribute('aria-pressed', isOn());
    button.addEventListener('click', function () {
      turn();
      button.setAttribute('aria-pressed', isOn());
      keep();
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    onTap('big', function () { return root.classList.contains('big'); }, function () {
      root.classList.toggle('big');
    });
    onTap('dark', isDark, function () {
      var dark = !isDark();
      root.classList.toggle('dark', dark);
      root.classList.toggle('light', !dark);
    });
  });
})();
