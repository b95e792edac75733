// Asks before data is erased. Browsers without <dialog> (before 2022 on iPhones) get the page that
// asks visitors without scripts.
window.lct = window.lct || {};
window.lct.confirm = function (item, button, accepted) {
  'use strict';

  const sheet = document.getElementById('sheet');
  if (!sheet.showModal) {
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = button.name;
    field.value = button.value;
    button.form.appendChild(field);
    button.form.submit(); // without the event that sends a message
    return;
  }
  sheet.querySelector('h2').textContent = item.dataset.title;
  sheet.querySelector('p').textContent = item.dataset.ask;
  const yes = sheet.querySelector('[value="yes"]');
  yes.textContent = item.dataset.yes;
  sheet.onclick = function (event) {
    const answer = event.target.value || (event.target === sheet ? 'no' : ''); // beside the sheet
    if (!answer) return;
    sheet.close();
    if (answer === 'yes') accepted();
  };
  sheet.showModal();
};
