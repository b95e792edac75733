// Before the first paint: the look that was chosen on this phone.
(function () {
  'use strict';
  var look = '';
  try { look = localStorage.getItem('lct-look') || ''; } catch (e) { /* storage is off */ }
  document.documentElement.className = 'js ' + look;
})();
