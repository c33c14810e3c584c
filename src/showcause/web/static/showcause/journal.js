// The newspaper's own lists beside an article, from the comment section's JSON. Without it there is a link to each list.
// On a phone what the demo says is folded, so that the newspaper begins on the first screen.
"use strict";
if (innerWidth < 768) document.querySelector(".guide details").open = false;
for (const place of document.querySelectorAll("[data-most]")) {
  fetch(place.dataset.most).then((answer) => answer.ok ? answer.json() : {articles: []}).then(({articles}) => {
    if (!articles.length) return;
    const list = place.querySelector("ol");
    for (const each of articles) {
      const item = document.createElement("li"), link = document.createElement("a"), count = document.createElement("span");
      link.href = each.address;
      link.lang = "fr";
      link.textContent = each.title;
      count.className = "quiet";
      count.textContent = (each.count === 1 ? place.dataset.one : place.dataset.many).replace("{count}", each.count);
      item.append(link, " ", count);
      list.append(item);
    }
    list.hidden = false;
    place.querySelector(".plain-list").hidden = true;
  }).catch(() => undefined); // the link to the list stays
}
