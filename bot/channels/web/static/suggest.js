// Supports that the search of the catalogue may mean, as links below the field while somebody
// types: from the index of the service, so that other words and pinyin find them too.
(function () {
  'use strict';
  var WAIT = 200; // milliseconds without a key before the service is asked
  var field = document.querySelector('[name=q]');
  var list = document.getElementById('suggested');
  var timer = 0;
  var asked = field.value.trim();

  function show(supports) {
    list.textContent = '';
    supports.forEach(function (support) {
      var item = document.createElement('li');
      var link = document.createElement('a');
      link.href = '/supports/' + encodeURIComponent(support.id);
      link.textContent = support.title;
      item.appendChild(link);
      list.appendChild(item);
    });
    list.hidden = !supports.length;
  }

  function ask() {
    var text = field.value.trim();
    if (text === asked) return;
    asked = text;
    if (!text) { show([]); return; }
    fetch('/supports-suggest?q=' + encodeURIComponent(text)).then(function (answer) {
      return answer.ok ? answer.json() : { supports: [] };
    }).then(function (found) {
      if (text === asked) show(found.supports); // else somebody typed on
    }).catch(function () { /* no network: the button still works */ });
  }

  field.removeAttribute('list'); // the titles, for a page without scripts
  field.addEventListener('input', function () {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
})();
