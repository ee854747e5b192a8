"use strict";
// The lists of the page: search, filters, order, columns, selection, reasons, copies. No text is ever read as HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
for (const part of document.querySelectorAll("script[id^=rows-]")) {  // the rows of some SKUs, columns by source
  for (const [name, columns] of Object.entries(JSON.parse(part.textContent))) {
    const held = DATA.sources[name].values;
    for (const [column, values] of Object.entries(columns)) (held[column] ??= []).push(...values);
  }
  part.remove();
}
const PAGE = 100, PRINTED = 2000, OLD_HOURS = 24;
const SEARCHED = ["sku", "name", "brand", "supplier_name", "part_number_key"];
const FILTERS = ["account_type", "status", "supplier_name", "brand", "category_id"];
const NUMBERS = new Set(["number", "money", "rate", "days"]);
// As in text.py, in_spreadsheet: what a spreadsheet would take for a formula begins with an apostrophe.
const FORMULA = /(?:^|(?<=[;\t]))(?=[\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫])|^(?=[\t\r])/gu;
const NUMBER = /^\s*[+-]?\d+([.,]\d+)?\s*$/;
const at = (id) => document.getElementById(id);

let language = DATA.language, list = "order", found = [], first = 0, waiting;
const states = Object.fromEntries(Object.entries(DATA.lists).map(([name, each]) =>
  [name, { shown: new Set(each.shown), chosen: new Set(), open: new Set(), sort: "buying_rank", down: false }]));
const reasons = new Map(), searched = new Map();

const source = () => DATA.sources[DATA.lists[list].source];
const values = (column) => source().values[column] ?? [];
const state = () => states[list];
const columns = () => DATA.lists[list].columns.filter((each) => state().shown.has(each));
const say = (code, parts = {}) =>
  (DATA.texts[language][code] ?? code).replace(/\{(\w+)\}/g, (all, name) => parts[name] ?? all);
const heading = (column) => DATA.headings[language][column];
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const formats = new Map();
function digits(value, places) {
  const key = language + places;
  if (!formats.has(key)) {
    const options = { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: "always" };
    formats.set(key, new Intl.NumberFormat(language === "ro" ? "ro-RO" : "en-GB", options));
  }
  return formats.get(key).format(value);
}
function words(code) {
  const known = DATA.words[language], [begin] = code.split(" ");
  const withRest = known[begin] ?? "";
  return known[code] ?? (withRest.includes("{}") ? withRest.replaceAll("{}", code.slice(begin.length + 1)) : code);
}
function shown(column, value) {
  if (value === null || value === undefined) return column === "reorder_quantity" ? "?" : "–";
  switch (source().kinds[column]) {
    case "number": return digits(value, 0);
    case "money": return digits(value, 2);
    case "rate": return value > 0 && value < 0.01 ? "< " + digits(0.01, 2) : digits(value, 2);
    case "days": return digits(value, value < 10 ? 1 : 0);
    case "day": return language === "ro" ? value.split("-").reverse().join(".") : value;
    case "status": return say(value);
    case "position": return say("price_" + value);
    case "codes": return value.split("; ").map(words).join("; ");
    case "yes_no": return say(value ? "yes" : "no");
    default: return String(value);
  }
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Rows that fit the search and all filters, in order.
function find() {
  const wanted = plain(at("search").value).split(/\s+/).filter(Boolean);
  const { only, source: name } = DATA.lists[list], size = values("sku").length;
  if (wanted.length && !searched.has(name)) {
    const parts = SEARCHED.map(values).filter((each) => each.length);
    searched.set(name, Array.from({ length: size }, (_, row) => plain(parts.map((each) => each[row] ?? "").join("\n"))));
  }
  const tests = wanted.map((word) => (row) => searched.get(name)[row].includes(word));
  if (only) tests.push((row) => values(only)[row]);
  for (const column of FILTERS) {
    const value = at("by_" + column)?.value, held = values(column), accounts = values("accounts");
    if (!value) continue;
    if (column === "account_type" && !held.length) tests.push((row) => accounts[row]?.includes(value));
    else tests.push((row) => String(held[row] ?? "") === value);
  }
  const from = parseFloat(at("price_from").value), to = parseFloat(at("price_to").value), prices = values("price");
  if (!isNaN(from)) tests.push((row) => prices[row] !== null && prices[row] >= from);
  if (!isNaN(to)) tests.push((row) => prices[row] !== null && prices[row] <= to);
  found = [];
  for (let row = 0; row < size; row++) if (tests.every((test) => test(row))) found.push(row);
  order();
}
function order() {
  const { sort, down } = state(), held = values(sort), turn = down ? -1 : 1;
  const collator = new Intl.Collator(language, { numeric: true });
  const rank = values("buying_rank"), places = DATA.statuses;
  const compare = NUMBERS.has(source().kinds[sort]) || source().kinds[sort] === "yes_no" ? (a, b) => a - b
    : source().kinds[sort] === "status" ? (a, b) => places.indexOf(a) - places.indexOf(b)
    : source().kinds[sort] === "day" ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : collator.compare;
  found.sort((a, b) => {  // what is not known comes last, whichever way it is sorted
    const left = held[a] ?? null, right = held[b] ?? null;
    if (left === null || right === null) return (left === null) - (right === null) || rank[a] - rank[b];
    return turn * compare(left, right) || rank[a] - rank[b];
  });
}

function draw() {
  const rows = found.slice(first, first + PAGE);
  fill(rows);
  const parts = { from: digits(rows.length ? first + 1 : 0, 0), to: digits(first + rows.length, 0), rows: digits(found.length, 0) };
  at("shown").textContent = rows.length ? say("shown", parts) : say(total() ? "none" : "empty");
  at("previous").disabled = first === 0;
  at("next").disabled = first + PAGE >= found.length;
  told();
}
const total = () => DATA.lists[list].only ? values(DATA.lists[list].only).filter(Boolean).length : values("sku").length;
function fill(rows) {
  const { sort, down, chosen, open } = state(), kept = columns();
  const all = make("input", { type: "checkbox", "aria-label": say("select_all"), onchange: selectAll });
  all.checked = found.length > 0 && found.every((row) => chosen.has(row));
  at("table").tHead.replaceChildren(make("tr", { role: "row" }, make("th", { scope: "col", class: "pick", role: "columnheader" }, all), ...kept.map((column) => {
    const direction = sort !== column ? null : down ? "descending" : "ascending";
    const sign = direction === null ? "" : down ? " ▼" : " ▲";
    const side = NUMBERS.has(source().kinds[column]) ? "number" : null;
    return make("th", { scope: "col", role: "columnheader", "aria-sort": direction, class: side },
      make("button", { type: "button", "data-sort": column, onclick: () => sortBy(column, sort === column ? !down : side !== null) }, heading(column), make("span", { "aria-hidden": "true" }, sign)));
  })));
  at("table").tBodies[0].replaceChildren(...rows.flatMap((row) => open.has(row) ? [line(row, kept), reasonOf(row, kept)] : [line(row, kept)]));
}
function line(row, kept) {
  const sku = values("sku")[row], pick = make("input", { type: "checkbox", "aria-label": say("select_row", { sku }) });
  const element = make("tr", { role: "row", class: state().chosen.has(row) ? "chosen" : null }, make("td", { class: "pick", role: "cell" }, pick));
  pick.checked = state().chosen.has(row);
  pick.addEventListener("change", () => {
    state().chosen[pick.checked ? "add" : "delete"](row);
    element.classList.toggle("chosen", pick.checked);
    at("table").querySelector("thead input").checked = found.every((each) => state().chosen.has(each));
    told();
  });
  for (const column of kept) {
    const value = values(column)[row], text = shown(column, value), kind = source().kinds[column];
    const cell = { "data-heading": heading(column), role: column === "sku" ? "rowheader" : "cell", class: NUMBERS.has(kind) ? "number" : kind === "day" ? "day" : "text" };
    if (column === "sku") {
      const isOpen = state().open.has(row);
      element.append(make("th", { ...cell, scope: "row", class: "sku text" }, make("span", {}, text), values("why")[row] === null ? "" :
        make("button", { type: "button", "aria-expanded": String(isOpen), "aria-label": say("why_of", { sku }), onclick: () => toggle(row, element) }, say("why"))));
    } else if (kind === "status") element.append(make("td", cell, make("span", { class: "status " + value }, text)));
    else element.append(make("td", { ...cell, class: column === "name" ? "name text" : cell.class }, make("span", { class: kind === "text" ? "clamp" : null }, text)));
  }
  return element;
}
function toggle(row, element) {
  const button = element.querySelector("[aria-expanded]"), isOpen = state().open.delete(row);
  if (isOpen) element.nextElementSibling.remove();
  else { state().open.add(row); element.after(reasonOf(row, columns())); }
  button.setAttribute("aria-expanded", String(!isOpen));
}

// The reason of a row: the sentence and the arithmetic of each account, as magflow explain prints them.
async function unpack(pack) {
  if (!reasons.has(pack)) {
    const bytes = Uint8Array.from(atob(at("reasons-" + pack).textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    reasons.set(pack, JSON.parse(await new Response(stream).text()));
  }
  return reasons.get(pack);
}
function reasonOf(row, kept) {
  const cell = make("td", { colspan: kept.length + 1, role: "cell" }), why = values("why")[row], size = DATA.skus_of_a_pack;
  unpack(Math.floor(why / size)).then((pack) => {
    for (const lines of pack[why % size][language]) {
      const steps = lines.slice(1, -1).map((text) => make("li", {}, text));
      cell.append(make("h3", {}, lines[0]), make("p", { class: "sentence" }, lines.at(-1)), make("ol", {}, ...steps));
    }
    const address = values("supplier_url")[row] ?? "";
    if (/^https?:\/\//i.test(address)) cell.append(make("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, say("article")));
  });
  return make("tr", { class: "why-row", role: "row" }, cell);
}

function told() {
  const chosen = [...state().chosen], pieces = values(values("quantity").length ? "quantity" : "reorder_quantity");
  const totals = values("total_ron"), unit = values("landed_unit_cost_ron");
  const cost = (row) => (totals.length ? totals[row] : !pieces[row] ? 0 : unit[row] === null ? null : pieces[row] * unit[row]);
  const sum = (each) => chosen.reduce((all, row) => all + (each(row) ?? 0), 0);
  const parts = { rows: digits(chosen.length, 0), pieces: digits(sum((row) => pieces[row]), 0) };
  const worth = totals.length || unit.length ? say("worth", { value: digits(sum(cost), 2) }) : "";
  const unpriced = worth ? chosen.filter((row) => cost(row) === null).length : 0;
  const told = say("selected", parts) + worth + (unpriced ? say("unpriced", { unpriced: digits(unpriced, 0) }) : "");
  at("chosen").textContent = chosen.length ? told : say("all_found", { rows: digits(found.length, 0) });
  at("unselect").hidden = !chosen.length;
  at("done").textContent = "";
}
function selectAll(event) {
  for (const row of found) state().chosen[event.target.checked ? "add" : "delete"](row);
  draw();
  at("table").querySelector("thead input").focus();
}

// What is copied and downloaded: the chosen rows in their order, else all that are found; the columns that are shown.
function table() {
  const { chosen } = state(), rows = chosen.size ? [...chosen].sort((a, b) => values("buying_rank")[a] - values("buying_rank")[b]) : found;
  const cell = (column, value) => {
    if (value === null || value === undefined) return "";
    const kind = source().kinds[column];
    if (NUMBERS.has(kind)) return language === "ro" ? String(value).replace(".", ",") : String(value);
    return safe(kind === "text" || kind === "name" ? String(value) : shown(column, value));
  };
  return [columns().map(heading), ...rows.map((row) => columns().map((column) => cell(column, values(column)[row])))];
}
const safe = (text) => (NUMBER.test(text) ? text : text.replace(FORMULA, "'"));
const quoted = (text, marks) => (marks.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
function csv() {
  const mark = language === "ro" ? ";" : ",";
  return "\ufeff" + table().map((row) => row.map((cell) => quoted(cell, /[",;\t\r\n]/)).join(mark) + "\r\n").join("");
}
async function copy() {
  const rows = table(), text = rows.map((row) => row.map((cell) => quoted(cell.replace(/[\t\r\n]+/g, " "), /^"/)).join("\t")).join("\n");
  let code = "copied";
  try { await navigator.clipboard.writeText(text); } catch { code = "not_copied"; }
  at("done").textContent = say(code, { rows: digits(rows.length - 1, 0) });
}
function download() {
  const content = csv(), rows = table().length - 1, file = `magflow-${list}-${DATA.made_at.slice(0, 10)}.csv`;
  const address = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
  make("a", { href: address, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  at("done").textContent = say("downloaded", { rows: digits(rows, 0), file });
}

// The controls, whose words depend on the language and whose choices on the list.
function sortBy(column, down) {
  Object.assign(state(), { sort: column, down });
  at("sort").value = column + (down ? " down" : "");
  order();
  first = 0;
  draw();
  document.querySelector(`[data-sort="${column}"]`)?.focus();
}
function controls() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
  for (const each of document.querySelectorAll("[data-language]")) each.hidden = each.dataset.language !== language;
  for (const each of document.querySelectorAll("[data-language-to]")) each.setAttribute("aria-pressed", String(each.dataset.languageTo === language));
  const before = list;
  at("lists").replaceChildren(...Object.keys(DATA.lists).map((name) => {
    list = name;
    const label = `${say(name)} (${digits(total(), 0)})`;
    return make("button", { type: "button", "data-list": name, "aria-pressed": String(name === before), onclick: () => { list = name; controls(); refresh(); document.querySelector(`[data-list="${name}"]`).focus(); } }, label);
  }));
  list = before;
  at("about").textContent = at("caption").textContent = say(list);
  at("meaning").textContent = say("about_" + list);
  const kept = Object.fromEntries(FILTERS.map((column) => [column, at("by_" + column)?.value ?? ""]));
  at("choices").replaceChildren(...FILTERS.map((column) => {
    const held = new Set((values(column).length ? values(column) : column === "account_type" ? values("accounts").flat() : []).filter((each) => each !== null));
    if (kept[column]) held.add(kept[column]);
    const sorted = [...new Set([...held].map(String))].sort(new Intl.Collator(language, { numeric: true }).compare);
    if (column === "status") sorted.sort((a, b) => DATA.statuses.indexOf(a) - DATA.statuses.indexOf(b));
    const select = make("select", { id: "by_" + column }, make("option", { value: "" }, say("any")), ...sorted.map((each) => make("option", { value: each }, column === "status" ? say(each) : each.slice(0, 60))));
    select.value = kept[column];
    return make("label", {}, make("span", {}, heading(column) ?? column), select);
  }));
  const options = columns().flatMap((column) => [[column, heading(column)], [column + " down", `${heading(column)} (${say("descending")})`]]);
  at("sort").replaceChildren(make("option", { value: "buying_rank" }, say("by_waiting")), ...options.map(([value, label]) => make("option", { value }, label)));
  at("sort").value = state().sort + (state().down ? " down" : "");
  at("columns").replaceChildren(...DATA.lists[list].columns.filter((column) => column !== "sku").map((column) => {
    const box = make("input", { type: "checkbox", "data-column": column, onchange: () => { state().shown[box.checked ? "add" : "delete"](column); draw(); } });
    box.checked = state().shown.has(column);
    return make("label", {}, box, make("span", {}, heading(column)));
  }));
  const hours = (Date.now() - Date.parse(DATA.made_at)) / 3600000;
  for (const each of document.querySelectorAll("[data-old]")) {
    each.hidden = hours < OLD_HOURS;
    each.textContent = say("page_old", { hours: digits(hours, 0) });
  }
}
function refresh() { first = 0; find(); draw(); }

at("filters").addEventListener("input", (event) => {
  if (event.target.closest("#columns") || event.target.id === "sort") return;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, event.target.type === "search" ? 150 : 0);
});
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("filters").addEventListener("reset", () => setTimeout(() => { controls(); refresh(); }));
at("sort").addEventListener("change", () => { const [column, down] = at("sort").value.split(" "); sortBy(column, Boolean(down)); at("sort").focus(); });
at("copy").addEventListener("click", copy);
at("download").addEventListener("click", download);
at("unselect").addEventListener("click", () => { state().chosen.clear(); draw(); at("copy").focus(); });
for (const [id, rows] of [["previous", -PAGE], ["next", PAGE]]) at(id).addEventListener("click", () => { first += rows; draw(); });
for (const each of document.querySelectorAll("[data-language-to]")) each.addEventListener("click", () => { language = each.dataset.languageTo; controls(); order(); draw(); });
addEventListener("beforeprint", () => {
  fill(found.slice(0, PRINTED));
  at("printed").textContent = found.length > PRINTED ? say("printed", { most: digits(PRINTED, 0), rows: digits(found.length, 0) }) : "";
});
addEventListener("afterprint", draw);
if (matchMedia("(max-width: 700px)").matches) for (const each of document.querySelectorAll(".plots, #more")) each.open = false;
for (const name of ["order", "move", "decide", "all"]) { list = name; if (total()) break; }
controls();
refresh();
performance.mark("drawn");
