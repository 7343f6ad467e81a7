"use strict";
(() => {
  const root = document.documentElement;
  const main = document.getElementById("page");
  const aside = document.querySelector("aside");
  const menu = document.querySelector(".menu");
  const search = document.getElementById("search");
  const results = document.getElementById("results");
  const links = [...document.querySelectorAll("nav a")];
  const datasets = [...document.querySelectorAll(".view.dataset")];
  /* Views give up their ids, so that the browser does not scroll to one that is about to move. */
  const views = new Map([...document.querySelectorAll(".view")].map((view) => {
    view.name = view.id;
    view.removeAttribute("id");
    return [view.name, view];
  }));
  root.classList.add("js");

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  /* One view at a time, chosen by the address: a dataset, a cluster, or a template within. */
  const show = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = views.has(name) ? null : document.getElementById(name);
    const view = views.get(name) || (target && target.closest(".view")) || views.get("overview");
    main.classList.remove("searching");
    results.hidden = true;
    document.querySelectorAll(".view.shown").forEach((old) => old.classList.remove("shown"));
    view.classList.add("shown");
    for (const link of links) {
      const here = link.hash === "#" + view.name;
      link.toggleAttribute("aria-current", here);
      if (here) link.setAttribute("aria-current", "page");
    }
    const current = links.find((link) => link.hash === "#" + view.name);
    if (current) {
      current.closest("details").open = true;
      current.scrollIntoView({ block: "nearest" });
    }
    close();
    if (target) target.scrollIntoView({ block: "start" });
    else window.scrollTo({ top: 0, behavior: "instant" });
    const title = view.querySelector("h1").firstChild.textContent.trim();
    document.title = view.name === "overview" ? "FLAN catalogue" : title + " · FLAN catalogue";
  };
  const close = () => { aside.classList.remove("open"); menu.setAttribute("aria-expanded", "false"); };
  menu.addEventListener("click", () => {
    menu.setAttribute("aria-expanded", String(aside.classList.toggle("open")));
  });
  document.querySelectorAll("summary a").forEach((link) => {
    link.addEventListener("click", (event) => event.stopPropagation());
  });
  addEventListener("hashchange", () => { search.value = ""; filter(""); show(); });

  /* The row that fills a set's templates, and whether they show it or their pattern. */
  const fill = (set) => {
    const row = set.rows[set.at];
    set.node.querySelector("output").textContent = `${set.at + 1} of ${set.rows.length}`;
    const of = set.node.querySelector(".of");
    if (of) of.textContent = row.task;
    set.node.querySelectorAll("[data-slot]").forEach((slot) => {
      const inPattern = root.classList.contains("pattern") && slot.closest(".phrases");
      slot.textContent = inPattern ? `{${slot.dataset.slot}}` : row[slot.dataset.slot];
    });
  };
  const sets = [...document.querySelectorAll(".set")].map((node) => ({
    node, at: 0, rows: JSON.parse(node.querySelector("script").textContent),
  }));
  const step = (set, by) => {
    set.at = (set.at + by + set.rows.length) % set.rows.length;
    fill(set);
  };
  const mode = (name) => {
    root.classList.toggle("pattern", name === "pattern");
    document.querySelectorAll(".toggle button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.mode === name));
    });
    sets.forEach(fill);
  };
  for (const set of sets) {
    set.node.querySelector(".previous").addEventListener("click", () => step(set, -1));
    set.node.querySelector(".next").addEventListener("click", () => step(set, 1));
    set.node.querySelectorAll(".toggle button").forEach((button) => {
      button.addEventListener("click", () => mode(button.dataset.mode));
    });
  }

  /* Search: every word must occur in a dataset's facts, or in one template's pattern. */
  const index = datasets.map((view) => ({
    view,
    title: view.querySelector("h1").textContent,
    cluster: views.get(view.dataset.cluster).querySelector("h1").textContent,
    facts: [view.name, ...[".crumbs", "h1", ".lead", ".notes", ".tasks", ".facts"]
      .flatMap((part) => [...view.querySelectorAll(part)].map((node) => node.textContent))]
      .join(" ").toLowerCase(),
    phrases: [...view.querySelectorAll(".phrase")].map((node) => ({
      id: node.id,
      text: node.dataset.pattern,
      marks: [...node.querySelectorAll(".tag")].map((tag) => tag.textContent).join(" "),
    })),
  }));
  const marked = (text, words) => {
    const made = document.createDocumentFragment();
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    text.split(new RegExp(`(${escaped.join("|")})`, "gi")).forEach((part, position) => {
      made.append(position % 2 ? element("mark", "", part) : part);
    });
    return made;
  };
  const around = (text, word) => {
    const at = Math.max(0, text.toLowerCase().indexOf(word) - 90);
    return (at ? "… " : "") + text.slice(at, at + 260) + (at + 260 < text.length ? " …" : "");
  };
  const result = (id, where, name, text, words) => {
    const item = element("li");
    const link = element("a");
    link.href = "#" + id;
    const place = element("div", "where", where + " ");
    place.append(element("b", "", name));
    const what = element("div", "what");
    what.append(marked(text, words));
    link.append(place, what);
    item.append(link);
    return item;
  };
  const look = (words) => {
    const all = (text) => words.every((word) => text.includes(word));
    const found = { datasets: [], phrases: [] };
    for (const one of index) {
      if (all(one.facts)) found.datasets.push(one);
      for (const phrase of one.phrases) {
        if (all(`${phrase.text} ${phrase.marks}`.toLowerCase())) found.phrases.push([one, phrase]);
      }
    }
    return found;
  };
  const filter = (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    main.classList.toggle("searching", words.length > 0);
    results.hidden = words.length === 0;
    if (!words.length) return;
    const found = look(words);
    const most = 80;
    const list = element("ol");
    for (const one of found.datasets) {
      const lead = one.view.querySelector(".lead");
      const text = lead ? lead.textContent : one.title;
      list.append(result(one.view.name, one.cluster + " /", one.title, text, words));
    }
    for (const [one, phrase] of found.phrases.slice(0, most)) {
      const name = `${one.title}, template ${phrase.id.split(".").pop()}`;
      const text = around(phrase.text.replace(/\s+/g, " "), words[0]);
      list.append(result(phrase.id, one.cluster + " /", name, text, words));
    }
    const counted = (number, name) => number && `${number} ${name}${number === 1 ? "" : "s"}`;
    const parts = [counted(found.datasets.length, "dataset"), counted(found.phrases.length, "template")];
    const more = found.phrases.length > most ? `, the first ${most} shown` : "";
    const heading = element("h1", "", parts.some(Boolean)
      ? parts.filter(Boolean).join(" and ") + more
      : `Nothing for “${query.trim()}”`);
    results.replaceChildren(heading, list);
    window.scrollTo({ top: 0, behavior: "instant" });
  };
  search.addEventListener("input", () => filter(search.value));
  results.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && link.hash === location.hash) { search.value = ""; filter(""); show(); }
  });

  /* Keys. */
  const current = () => document.querySelector(".view.shown");
  const go = (by) => {
    const at = datasets.indexOf(current());
    const next = datasets[at < 0 ? (by > 0 ? 0 : datasets.length - 1) : at + by];
    if (next) location.hash = next.name;
  };
  const keys = {
    "/": () => search.focus(),
    j: () => go(1),
    k: () => go(-1),
    n: () => sets.filter((set) => current().contains(set.node)).forEach((set) => step(set, 1)),
    p: () => sets.filter((set) => current().contains(set.node)).forEach((set) => step(set, -1)),
    t: () => mode(root.classList.contains("pattern") ? "example" : "pattern"),
  };
  addEventListener("keydown", (event) => {
    const first = results.querySelector("a");
    if (event.target === search) {
      if (event.key === "Escape") { search.value = ""; filter(""); search.blur(); }
      if (event.key === "Enter" && first) first.click();
      if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  show();
})();
