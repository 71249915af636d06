// Draws a sheet (see described.py) as a table, sorts it, and opens what its values are made of.
// Texts from outside only ever become text nodes.

const AT_ONCE = 24; // rows that are built before the first paint
const CHUNK = 80; // rows at least that are built when the browser has nothing else to do
const AT_MOST = 3000; // rows that are built unasked; of longer tables the others come with scrolling
const NARROW = 480; // pixels; the style sheet has the same
const PROSE = 60; // letters from which on a column's texts are wrapped
const LEVELS = 6; // of tint
const STAYING = new Set(["rank", "name"]); // the kinds of columns that stay in sight

const sheets = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  if (!sheets.has(parentElement)) sheets.set(parentElement, new Table(parentElement));
  const table = sheets.get(parentElement);
  table.say = setTriggerValue;
  table.take(data);
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const whenIdle = window.requestIdleCallback
  ? (work) => requestIdleCallback(work, { timeout: 100 })
  : (work) => setTimeout(work, 0);

class Table {
  constructor(root) {
    this.root = root.querySelector(".sheet");
    this.scroll = this.root.querySelector(".scroll");
    this.table = this.root.querySelector("table");
    this.body = this.root.querySelector("tbody");
    this.card = this.root.querySelector(".card");
    this.turn = 0;
    this.taken = 0;
    this.wire();
  }

  // A message: which rows, in which order; and the sheet, if it is not the one that stands here.
  async take(data) {
    const number = ++this.taken;
    const length = new DataView(data.buffer, data.byteOffset).getUint32(0);
    const view = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
    if (this.sheet?.key !== view.sheet) {
      const content = await unpacked(data.subarray(4 + length));
      if (number !== this.taken) return; // a later message was quicker
      this.sheet = { ...content, key: view.sheet };
      this.rows = [];
      prepare(this.sheet);
      this.order = null;
    }
    // Rows that stand already are used again, unless their links lead elsewhere now.
    if (String(this.view?.view) !== String(view.view)) this.rows = [];
    this.view = view;
    // What the reader has sorted meanwhile, and the server has not heard of yet, stays.
    const own = this.order !== null && view.turn < this.turn;
    if (!own) this.order = { column: view.column, descending: view.descending };
    this.shown = own ? this.sorted(view.rows) : view.rows;
    this.head();
    this.scale();
    this.place();
  }

  get narrow() {
    return this.root.clientWidth < NARROW;
  }

  // ---- the head

  head() {
    const { fields, groups, legend, caption } = this.sheet;
    if (this.headed !== this.sheet.key) {
      this.headed = this.sheet.key;
      this.table.caption.textContent = spoken(caption, legend);
      this.table.querySelector("colgroup").replaceChildren(...fields.map(column));
      this.table.tHead.replaceChildren(...grouped(fields, groups), this.heads());
      const wide = (some) => `${some.reduce((sum, field) => sum + field.width, 0)}em`;
      this.table.style.setProperty("--least", wide(fields));
      this.table.style.setProperty("--rank", wide(fields.filter((field) => field.kind === "rank")));
      this.table.style.setProperty("--first", wide(fields.filter((field) => STAYING.has(field.kind))));
      this.root.querySelector(".legend").replaceChildren(...signs(legend));
    }
    this.root.classList.toggle("tinted", this.view.tinted);
    this.root.classList.toggle("texts", Boolean(this.sheet.hasProse));
    this.root.querySelector(".legend .tint")?.toggleAttribute("hidden", !this.view.tinted);
    for (const cell of this.table.tHead.rows[this.table.tHead.rows.length - 1].cells) {
      const field = fields[cell.dataset.c];
      const here = field.key === this.order.column;
      if (!field.sortable) continue;
      const direction = this.order.descending ? "descending" : "ascending";
      if (here) cell.setAttribute("aria-sort", direction);
      else cell.removeAttribute("aria-sort");
    }
  }

  heads() {
    const row = make("tr");
    this.sheet.fields.forEach((field, c) => {
      const title = make(field.sortable ? "button" : "span", { class: "title" }, field.head);
      const named = { scope: "col", "data-c": c, class: field.classes, "aria-label": field.head };
      const cell = make("th", named, title);
      if (field.sortable) title.append(make("i", { class: "arrow", "aria-hidden": "true" }));
      if (field.help) {
        const asked = make("button", { class: "help", "aria-label": `About ${field.head}` }, "?");
        cell.append(asked);
      }
      if (field.dotted) cell.append(make("span", { class: "axis", "aria-hidden": "true" }));
      row.append(cell);
    });
    return row;
  }

  // One scale for all rows that are shown; a dot's place is worked out by the style sheet.
  scale() {
    const field = this.sheet.fields.find((each) => each.dotted);
    if (!field) return;
    const [least, most] = extent(field, this.shown);
    this.beyond = (r) => (field.values[r] < least ? "less" : field.values[r] > most ? "more" : "");
    for (const row of this.rows) if (row) beyond(row, this.beyond);
    const ticks = ticksOf(least, most);
    const at = (value) => (100 * (value - least)) / (most - least);
    this.table.style.setProperty("--least-value", least);
    this.table.style.setProperty("--span", most - least);
    const line = (tick) => `linear-gradient(var(--rule), var(--rule)) ${at(tick)}% 0 / 1px 100% no-repeat`;
    this.table.style.setProperty("--lines", ticks.map(line).join(", ") || "none");
    const labels = ticks.map((tick) => {
      const label = make("span", {}, plainNumber(tick / 10 ** field.digits));
      label.style.left = `${at(tick)}%`;
      return label;
    });
    this.table.tHead.querySelector(".axis").replaceChildren(...labels);
  }

  // ---- the rows

  // All rows through the end of what is in sight at once, the others when there is time.
  place() {
    const inSight = Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / this.rowHeight());
    const first = Math.max(AT_ONCE, inSight + 2);
    const shown = this.shown;
    const task = (this.placing = {});
    this.body.replaceChildren(...shown.slice(0, first).map((row) => this.row(row)));
    this.stopAt(this.body.querySelector("a, td"));
    this.root.classList.toggle("long", shown.length > 30);
    let next = first;
    const go = () => {
      if (this.placing !== task) return;
      // As many again each time: the browser lays out all rows anew whenever some are added.
      const chunk = shown.slice(next, next + Math.max(CHUNK, next)).map((row) => this.row(row));
      this.body.append(...chunk);
      next += chunk.length;
      if (next >= shown.length) this.whole();
      else if (next < AT_MOST) whenIdle(go);
      else this.more = go;
    };
    this.more = null;
    if (first < shown.length) {
      this.table.setAttribute("aria-rowcount", shown.length + this.table.tHead.rows.length);
      this.root.classList.remove("whole");
      // After the paint: what is in sight has to stand first.
      requestAnimationFrame(() => whenIdle(go));
    } else this.whole();
  }

  whole() {
    this.table.removeAttribute("aria-rowcount");
    this.root.classList.add("whole");
  }

  rowHeight() {
    return this.body.rows[0]?.offsetHeight || 34;
  }

  row(r) {
    if (this.rows[r]) return this.rows[r];
    const row = make("tr", { "data-r": r });
    this.sheet.fields.forEach((field, c) => {
      const cell = make(field.kind === "name" ? "th" : "td", { class: field.classes, "data-c": c });
      if (field.kind === "name") cell.scope = "row";
      KINDS[field.kind](cell, field, r, this);
      row.append(cell);
    });
    beyond(row, this.beyond);
    return (this.rows[r] = row);
  }

  href(field, r) {
    const path = location.pathname.replace(/\/$/, "");
    const own = this.view.page ? `/${this.view.page}` : "";
    const root = own && path.endsWith(own) ? path.slice(0, -own.length) : path;
    const view = new URLSearchParams([...this.view.view, [field.parameter, this.sheet.ids[r]]]);
    return `${root}/${field.page}?${view}`;
  }

  // ---- sorting

  sorted(rows) {
    const { sheet, order } = this;
    const field = sheet.fields.find((each) => each.key === order.column);
    if (!field) return rows;
    const below = sheet.isBelow;
    const sign = order.descending ? -1 : 1;
    const compare = comparing(field, sign);
    const apart = sheet.apart ?? [];
    return [...rows].sort(
      (a, b) => (apart[a] ?? 0) - (apart[b] ?? 0) || below.has(a) - below.has(b) || compare(a, b),
    );
  }

  sort(field) {
    const here = field.key === this.order.column;
    const descending = here ? !this.order.descending : (this.view.first[field.key] ?? true);
    this.order = { column: field.key, descending };
    this.shown = this.sorted(this.shown);
    this.head();
    this.place();
    this.turn += 1;
    if (this.view.reports) this.say("order", { ...this.order, turn: this.turn });
  }

  // ---- what a reader does

  wire() {
    this.table.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.card.addEventListener("click", (event) => {
      if (event.target.closest(".close")) this.card.hidePopover();
    });
    this.card.addEventListener("toggle", (event) => {
      if (event.newState !== "closed") return;
      // Only where nothing else was clicked meanwhile, which keeps what it has.
      const active = this.root.getRootNode().activeElement;
      if (!active || this.card.contains(active)) this.asked?.focus({ preventScroll: true });
    });
    this.scroll.addEventListener("scroll", () => {
      if (this.card.matches(":popover-open")) this.card.hidePopover();
      const { scrollTop, clientHeight, scrollHeight } = this.scroll;
      if (this.more && scrollTop + 3 * clientHeight > scrollHeight) this.more();
    });
  }

  clicked(event) {
    const cell = event.target.closest("th, td");
    if (!cell) return;
    const field = this.sheet.fields[cell.dataset.c];
    if (event.target.closest(".help")) return this.explain(event.target.closest(".help"), field);
    if (cell.closest("thead")) return event.target.closest("button") && this.sort(field);
    const r = Number(cell.parentElement.dataset.r);
    if (event.target.closest("a")) return this.follow(event, r);
    if (String(getSelection()).length) return; // the click has ended a selection
    this.stopAt(cell.querySelector("a") ?? cell);
    this.open(cell, field, r);
  }

  // The page itself goes there, which is quicker; other windows and tabs are the browser's to open.
  follow(event, r) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.say("opened", this.sheet.ids[r]);
  }

  pressed(event) {
    const cell = event.target.closest("th, td");
    if (!cell || event.ctrlKey !== (event.ctrlKey && /Home|End/.test(event.key))) return;
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      if (event.target.closest("a")) return;
      event.preventDefault();
      const r = Number(cell.parentElement.dataset.r);
      return this.open(cell, this.sheet.fields[cell.dataset.c], r);
    }
    const to = this.neighbour(cell, event);
    if (!to) return;
    event.preventDefault();
    const stop = to.querySelector("a") ?? to;
    this.stopAt(stop);
    stop.focus();
  }

  neighbour(cell, event) {
    const rows = this.body.rows;
    const row = cell.parentElement;
    const cells = [...row.cells].filter((each) => each.offsetParent !== null);
    const place = cells.indexOf(cell);
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.rowHeight()) - 3);
    const line = Array.prototype.indexOf.call(rows, row);
    const along = (number) => rows[Math.max(0, Math.min(rows.length - 1, number))].cells[cell.cellIndex];
    const moves = {
      ArrowRight: () => cells[place + 1],
      ArrowLeft: () => cells[place - 1],
      ArrowDown: () => along(line + 1),
      ArrowUp: () => along(line - 1),
      PageDown: () => along(line + page),
      PageUp: () => along(line - page),
      Home: () => (event.ctrlKey ? along(0) : cells[0]),
      End: () => (event.ctrlKey ? along(rows.length - 1) : cells[cells.length - 1]),
    };
    return moves[event.key]?.();
  }

  // The rows are one stop of the tabulator; arrows lead from cell to cell.
  stopAt(element) {
    if (this.stop?.tagName === "A") this.stop.tabIndex = -1;
    else this.stop?.removeAttribute("tabindex");
    this.stop = element;
    if (element) element.tabIndex = 0;
  }

  // ---- what opens

  explain(button, field) {
    this.show(button, field.head, paragraphs(field.help));
  }

  open(cell, field, r) {
    if (this.narrow) return this.show(cell, this.name(r), [this.everything(r)]);
    if (field.kind === "text" || field.kind === "name") return;
    const lines = field.kind === "rank" ? rankFacts(field, r) : this.facts(field, r);
    const parts = [make("dl", {}, ...lines.flatMap(([term, said]) => defined(term, said)))];
    this.show(cell, `${this.name(r)} · ${field.head}`, parts, field.kind === "number" && written(field, r));
  }

  name(r) {
    return this.sheet.fields.find((field) => field.kind === "name")?.texts[r] ?? "";
  }

  facts(field, r) {
    const lines = [];
    if (interval(field, r)) lines.push(["95% interval", interval(field, r)]);
    const standing = standingOf(field, r);
    if (standing) lines.push(["Stands", standing]);
    for (const fact of field.facts ?? []) {
      const said = fact.each[fact.codes[r]];
      if (said) lines.push([fact.title, said]);
    }
    return lines.length ? lines : [["", "Nothing more is known of it."]];
  }

  everything(r) {
    const list = make("dl");
    for (const field of this.sheet.fields) {
      const said = field.kind === "number" ? written(field, r) : field.kind === "rank" ? rankOf(field, r) : field.texts[r];
      if (field.kind === "name" || !said) continue;
      const ends = field.kind === "number" && interval(field, r);
      list.append(...defined(field.head, ends ? `${said}  [${ends}]` : said));
    }
    return list;
  }

  show(from, title, parts, figure) {
    const close = make("button", { class: "close", "aria-label": "Close" }, "×");
    const heading = make("h2", { id: "card" }, title);
    const big = figure ? [make("p", { class: "figure" }, figure)] : [];
    this.card.replaceChildren(close, heading, ...big, ...parts);
    this.card.setAttribute("aria-labelledby", "card");
    this.asked = from;
    if (from.tabIndex < 0 && from.tagName !== "BUTTON") this.stopAt(from);
    this.card.showPopover();
    if (!this.narrow) beside(this.card, from.getBoundingClientRect());
    this.card.scrollTop = 0;
    this.card.focus({ preventScroll: true });
  }
}

// ---- what a sheet needs before it can be drawn

function prepare(sheet) {
  sheet.isBelow = new Set(sheet.below ?? []);
  let group = null;
  const lead = sheet.fields.find((field) => field.kind === "number");
  for (const field of sheet.fields) {
    const begins = group !== null && field.group !== group;
    field.classes = [field.kind, field.dotted && "dotted", field === lead && "lead", begins && "begins"]
      .filter(Boolean)
      .join(" ");
    group = field.group;
    field.isBest = new Set(field.best ?? []);
    field.isLevel = new Set(field.level ?? []);
    field.digits ??= 0;
    field.longest = (field.texts ?? []).reduce((most, text) => Math.max(most, text.length), 0);
    if (field.kind === "text" && field.longest > PROSE) field.classes += " prose";
    sheet.hasProse ||= field.classes.includes("prose");
    field.width = widthOf(field);
    if (field.tinted) field.tint = tints(field);
  }
}

function widthOf(field) {
  if (field.kind === "rank") return field.texts ? 5.4 : 4;
  if (field.kind === "name") return field.page ? 16 : Math.min(16, 2 + 0.55 * field.longest);
  if (field.dotted) return 15;
  const head = Math.max(...field.head.split(/[\s-]+/).map((word) => word.length));
  const needed = 1.6 + 0.53 * Math.min(head, 12);
  if (field.kind === "number") return Math.max(4.2, needed);
  const longest = field.longest;
  return Math.max(4.2, needed, Math.min(30, 1.8 + 0.52 * longest));
}

// Value -> how strong its ground is: within its column, from the lower tenth to the best.
function tints({ values, better }) {
  if (!better) return () => 0;
  const known = values.filter((value) => value != null).sort((a, b) => better * (a - b));
  if (!known.length) return () => 0;
  const worst = known[Math.floor(known.length / 10)];
  const best = known[known.length - 1];
  if (worst === best) return () => 0;
  return (value) => Math.max(0, Math.ceil((LEVELS * (value - worst)) / (best - worst)));
}

// Blanks last in either order, and rows with equal entries as they came.
function comparing(field, sign) {
  const { texts, places, values = field.ranks } = field;
  if (values)
    return (a, b) =>
      (values[a] == null) - (values[b] == null) ||
      sign * (values[a] - values[b] || (places ? places[a] - places[b] : 0)) ||
      a - b;
  return (a, b) => !texts[a] - !texts[b] || sign * byText(texts[a], texts[b]) || a - b;
}

const byText = new Intl.Collator("en", { numeric: true }).compare;

function column(field) {
  const element = make("col", { class: field.classes });
  element.style.setProperty("--width", `${field.width}em`);
  return element;
}

function grouped(fields, groups) {
  if (groups.every((group) => !group)) return [];
  const row = make("tr", { class: "groups" });
  let last = null;
  for (const field of fields) {
    // The first columns stay where they are, so that each has a cell of its own.
    if (last && last.group === field.group && !STAYING.has(field.kind)) {
      last.cell.colSpan += 1;
    } else {
      const said = groups[field.group];
      const kind = STAYING.has(field.kind) ? field.kind : "";
      const begins = /begins/.test(field.classes) ? "begins" : "";
      const cell = make(said ? "th" : "td", { class: `${kind} ${begins}` }, make("span", {}, said));
      if (said) cell.scope = "colgroup";
      last = { group: field.group, cell };
      row.append(cell);
    }
  }
  return [row];
}

function signs(legend = {}) {
  return Object.entries(legend).map(([sign, meaning]) => {
    const picture = make("span", { class: "sign", "aria-hidden": "true" }, ...(sign === "bold" ? ["0.00"] : []));
    return make("li", { class: sign }, picture, meaning);
  });
}

function spoken(caption, legend = {}) {
  const bold = legend.bold ? ` Bold: ${legend.bold}.` : "";
  return `${caption}.${bold} Arrow keys lead from cell to cell; Enter opens what a value is made of.`;
}

// ---- cells, a kind each

const KINDS = {
  rank(cell, field, r) {
    cell.append(field.ranks[r] ?? "");
    if (!field.texts?.[r]) return;
    const said = make("span", { class: "said" }, ", tests allow ");
    cell.append(" ", make("small", {}, said, field.texts[r]));
  },
  name(cell, field, r, table) {
    const text = field.texts[r];
    const name = field.page
      ? make("a", { href: table.href(field, r), tabindex: -1, title: text }, text)
      : make("span", { title: text }, text);
    const marks = field.marks?.each[field.marks.codes[r]];
    const box = make("div", {}, name);
    for (const mark of marks ? marks.split("; ") : []) box.append(make("small", { class: "mark" }, mark));
    cell.append(box);
  },
  number(cell, field, r, table) {
    const text = written(field, r);
    const value = field.values[r];
    if (text && (field.isBest.has(r) || field.isLevel.has(r))) {
      const said = field.isBest.has(r) ? ", best" : ", not significantly worse than the best";
      cell.append(make("b", {}, text), make("span", { class: "said" }, said));
    } else cell.append(field.dotted ? make("span", {}, text) : text);
    if (field.tint && value != null) cell.dataset.tint = field.tint(value);
    if (field.dotted && value != null) cell.append(dot(field, r, table.sheet));
  },
  text(cell, field, r) {
    cell.append(field.texts[r]);
  },
};

function dot(field, r, sheet) {
  const level = field.isBest.has(r) || field.isLevel.has(r);
  const hollow = sheet.isBelow.has(r);
  const track = make("span", { class: `track${level ? " level" : ""}${hollow ? " hollow" : ""}`, "aria-hidden": "true" });
  track.style.setProperty("--value", field.values[r]);
  if (field.low?.[r] != null && field.high?.[r] != null) {
    const bar = make("i");
    bar.style.setProperty("--from", field.values[r] - field.low[r]);
    bar.style.setProperty("--to", field.values[r] - field.high[r]);
    track.append(bar);
  }
  track.append(make("b"));
  return track;
}

// ---- what is said

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

function figures(number, digits) {
  return (number / 10 ** digits).toFixed(digits);
}

function written(field, r) {
  const value = field.values[r];
  if (value == null) return "";
  if (field.texts) return field.texts[r];
  return field.compact ? compact.format(value / 10 ** field.digits) : figures(value, field.digits);
}

function interval(field, r) {
  if (field.values[r] == null || field.low?.[r] == null || field.high?.[r] == null) return "";
  const [low, high] = [field.low[r], field.high[r]].map((less) => figures(field.values[r] - less, field.digits));
  return `${low} to ${high}`;
}

function standingOf(field, r) {
  if (field.isBest.has(r)) return "best of the column";
  return field.isLevel.has(r) ? "not significantly worse than the best" : "";
}

function rankOf(field, r) {
  const rank = field.ranks[r];
  if (rank == null) return "";
  return field.texts?.[r] ? `${rank} (tests allow ${field.texts[r]})` : String(rank);
}

function rankFacts(field, r) {
  return [["Rank", rankOf(field, r) || "none"]];
}

function defined(term, said) {
  return [make("dt", {}, term), make("dd", {}, said)];
}

// The little Markdown that help has: paragraphs, bold, and signs that a backslash makes plain.
function paragraphs(help) {
  return help.split(/\n\n+/).map((text) => {
    const parts = text.split(/(?<!\\)\*\*/).map((part) => part.replace(/\\([!-/:-@[-`{-~])/g, "$1"));
    return make("p", {}, ...parts.map((part, place) => (place % 2 ? make("b", {}, part) : part)));
  });
}

// The ends of a scale: of all that is shown, but for the few that lie far from most, such as trivial
// baselines, beside which the others would be one heap.
function extent(field, rows) {
  const low = rows.map((r) => field.values[r] - (field.low?.[r] ?? 0));
  const high = rows.map((r) => field.values[r] - (field.high?.[r] ?? 0));
  const known = rows.map((r) => field.values[r]).filter((value) => value != null).sort((a, b) => a - b);
  if (!known.length) return [0, 10 ** field.digits];
  const at = (share) => known[Math.round(share * (known.length - 1))];
  const reach = Math.max(1, 3 * (at(0.75) - at(0.25)));
  const near = (value) => value != null && value >= at(0.25) - reach && value <= at(0.75) + reach;
  const places = rows.map((_, place) => place).filter((place) => near(field.values[rows[place]]));
  const least = Math.min(...places.map((place) => low[place]));
  const most = Math.max(...places.map((place) => high[place]));
  const margin = Math.max(1, (most - least) * 0.05);
  return [least - margin, most + margin];
}

function beyond(row, side) {
  const track = row.querySelector(".track");
  if (!track) return;
  const here = side(Number(row.dataset.r));
  track.classList.toggle("less", here === "less");
  track.classList.toggle("more", here === "more");
}

function plainNumber(number) {
  return String(Number(number.toPrecision(6)));
}

function ticksOf(least, most) {
  const rough = (most - least) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * size).find((each) => each >= rough);
  const ticks = [];
  for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) ticks.push(tick);
  return ticks;
}

// Beside what was asked about, and within the window.
function beside(card, { left, right, top, bottom }) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const below = bottom + 6 + height <= innerHeight;
  card.style.top = `${below ? bottom + 6 : Math.max(8, top - height - 6)}px`;
  card.style.left = `${Math.max(8, Math.min((left + right - width) / 2, innerWidth - width - 8))}px`;
}
