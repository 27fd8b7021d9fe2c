// Dom: elements made and changed without markup in strings; what did not change is not touched.

export const at = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function say(node, text) {
  if (node.textContent === text) return false;
  node.textContent = text;
  return true;
}

// a number that moved lights up for a moment
export function tell(node, text) {
  const first = node.textContent === "–";
  if (!say(node, text) || first) return;
  delete node.dataset.moved;
  requestAnimationFrame(() => { node.dataset.moved = ""; });
}

export function length(node, property, share) {
  node.style[property] = `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%`;
}

export const strong = (text) => make("strong", {}, text);

export const swatch = (color) => {
  const node = make("i", { class: "swatch", "aria-hidden": "true" });
  node.style.background = color;
  return node;
};

// a rate and its interval on a line from 0 to a round end
export function strip(rate, low, high, tone) {
  const node = make("span", { class: `strip tone-${tone}`, "aria-hidden": "true" }, make("i"), make("b"));
  const end = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((limit) => high <= limit * 0.95) ?? 1;
  length(node.firstChild, "left", low / end);
  length(node.firstChild, "width", (high - low) / end);
  length(node.lastChild, "left", rate / end);
  return [node, end];
}

export function stack(node, parts, label) {
  node.setAttribute("aria-label", label);
  while (node.children.length < parts.length) node.append(make("i"));
  while (node.children.length > parts.length) node.lastChild.remove();
  parts.forEach(([share, color], i) => {
    node.children[i].style.flexGrow = share;
    node.children[i].style.background = color;
    node.children[i].hidden = share === 0;
  });
}

export function table(head, rows, css = "") {
  const cells = head.map(([text, css]) => make("th", { scope: "col", class: css }, text));
  const body = rows.map((row) => make("tr", {}, ...row.map((content, i) => (
    make(i ? "td" : "th", i ? { class: head[i][1] } : { scope: "row" }, ...[content].flat())))));
  return make("table", { class: css }, make("thead", {}, make("tr", {}, ...cells)), make("tbody", {}, ...body));
}
