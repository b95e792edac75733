// The look that was chosen on this phone: set before the first paint, changed in the menu.
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

  document.addEventListener('DOMContentLoaded', function () {
    var big = document.getElementById('big');
    var dark = document.getElementById('dark');
    if (!big) return; // a page without the menu

    function told() {
      big.setAttribute('aria-pressed', root.classList.contains('big'));
      dark.setAttribute('aria-pressed', isDark());
    }

    function keep() {
      told();
      var chosen = ['big', 'dark', 'light'].filter(function (c) { return root.classList.contains(c); });
      try { localStorage.setItem('lct-look', chosen.join(' ')); } catch (e) { /* storage is off */ }
    }

    big.addEventListener('click', function () {
      root.classList.toggle('big');
      keep();
    });
    dark.addEventListener('click', function () {
      var now = !isDark();
      root.classList.toggle('dark', now);
      root.classList.toggle('light', !now);
      keep();
    });
    told();
  });
})();
