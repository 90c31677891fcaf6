// A table that is wider than the page scrolls in a box, which has to be reached by keyboard, too.
document$.subscribe(() => {
  requestAnimationFrame(() => {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      box.tabIndex = 0;
    }
  });
});
