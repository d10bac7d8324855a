// The page of Quoth: asks, shows quotes in their place, and keeps the documents.
//
// Rules of this file: text from the server reaches the page by textContent only; offsets from the
// server count Unicode code points, strings here count UTF-16 units, and only `unitAt` and
// `splitPoints` translate; what is shown can be rebuilt from the address alone.
"use strict";

(() => {
  const MOST_POINTS = 1000;
  const WHOLE_TEXT = 300_000; // UTF-16 units that are shown at once; longer texts get windows
  const MOST_ROWS = 100;
  const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
  const THEMES = ["system", "light", "dark"];

  const by = (id) => document.getElementById(id);
  const count = (number) => number.toLocaleString("en");
  const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  // ---- Theme: applied now, before the first paint ----

  function readTheme() {
    try {
      return localStorage.getItem("quoth.theme") ?? "system";
    } catch {
      return "system";
    }
  }

  function applyTheme(theme) {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }

  applyTheme(readTheme());

  function startTheme() {
    let theme = readTheme();
    const name = () => {
      by("theme-name").textContent = `Theme: ${theme === "system" ? "as the system" : theme}`;
      by("theme").title = by("theme-name").textContent;
    };
    name();
    by("theme").addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      applyTheme(theme);
      name();
      try {
        localStorage.setItem("quoth.theme", theme);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
    });
  }

  // ---- Code points and UTF-16 units ----

  // The UTF-16 index that lies `points` code points after the index `from`.
  function unitAt(text, points, from = 0) {
    let unit = from;
    for (let left = points; left > 0 && unit < text.length; left -= 1) {
      const code = text.charCodeAt(unit);
      const next = text.charCodeAt(unit + 1);
      const pair = code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000;
      unit += pair ? 2 : 1;
    }
    return unit;
  }

  function countPoints(text) {
    let points = 0;
    for (const _ of text) points += 1;
    return points;
  }

  function splitPoints(text, start, end) {
    const first = unitAt(text, start);
    const last = unitAt(text, end - start, first);
    const before = text.slice(0, first);
    return { before, inside: text.slice(first, last), after: text.slice(last) };
  }

  // ---- Asking the server ----

  class Problem extends Error {
    constructor(status, title, detail, retryAfter = 0) {
      super(detail);
      this.status = status;
      this.title = title;
      this.retryAfter = retryAfter;
    }
  }

  const key = {
    get: () => sessionStorage.getItem("quoth.key") ?? "",
    set: (value) => {
      if (value) sessionStorage.setItem("quoth.key", value);
      else sessionStorage.removeItem("quoth.key");
      by("forget-key").hidden = !value;
    },
  };

  function authorization() {
    return key.get() ? { Authorization: `Bearer ${key.get()}` } : {};
  }

  function readProblem(status, statusText, text, retryAfter) {
    let body = {};
    try {
      body = JSON.parse(text);
    } catch {
      // A proxy's error page is no problem document; its status has to do.
    }
    const title = String(body.title ?? statusText ?? "") || `Error ${status}`;
    const detail = String(body.detail ?? "") || `The server answered with status ${status}.`;
    return new Problem(status, title, detail, Number(retryAfter) || 0);
  }

  // Send a request; wait while the models load, and ask for a key when one is needed.
  async function request(path, { method = "GET", json, signal } = {}) {
    for (;;) {
      const headers = authorization();
      if (json !== undefined) headers["Content-Type"] = "application/json";
      const body = json === undefined ? undefined : JSON.stringify(json);
      let response;
      try {
        response = await fetch(path, { method, headers, body, signal, cache: "no-store" });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0, "No connection", "The server does not answer. Is it running?");
      }
      if (response.ok) return response;
      const text = await response.text();
      const retry = response.headers.get("Retry-After");
      const problem = readProblem(response.status, response.statusText, text, retry);
      if (problem.status === 401 && (await askForKey(headers.Authorization))) continue;
      if (problem.status === 503 && (await waitUntilReady(signal))) continue;
      throw problem;
    }
  }

  // Wait while /readyz says no. Returns whether there was anything to wait for.
  async function waitUntilReady(signal) {
    for (let tries = 0; ; tries += 1) {
      const ready = await fetch("/readyz", { signal, cache: "no-store" }).catch((error) => {
        if (error.name === "AbortError") throw error;
        return null;
      });
      if (!ready || ready.status !== 503) return Boolean(ready?.ok) && tries > 0;
      if (tries === 0) say("The models are being loaded. The answer comes as soon as they are.");
      showWaiting("The models are being loaded …");
      await pause(1000);
    }
  }

  let keyQuestion = null;

  // Ask for an API key; several requests share one question. Returns whether a key was given.
  function askForKey(sent) {
    keyQuestion ??= new Promise((resolve) => {
      const dialog = by("key-dialog");
      by("key-reason").textContent = sent
        ? "The key that was sent is not accepted. Check it, or ask for a new one."
        : "Whoever runs it can give you one.";
      by("key").value = "";
      dialog.returnValue = "cancel";
      dialog.showModal();
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "use"), { once: true });
    }).then((given) => {
      keyQuestion = null;
      key.set(given ? by("key").value.trim() : "");
      by("key").value = "";
      return given && Boolean(key.get());
    });
    return keyQuestion;
  }

  // ---- Small pieces of the page ----

  let said = 0;

  // Tell screen readers; a repeated message is told again.
  function say(message) {
    said += 1;
    by("status").textContent = message + (said % 2 ? "" : "\u00a0");
  }

  function element(name, className = "", text = "") {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function stamp(id) {
    return by(id).content.firstElementChild.cloneNode(true);
  }

  function plainButton(text, onClick) {
    const button = element("button", "plain", text);
    button.type = "button";
    button.addEventListener("click", onClick);
    return button;
  }

  function notice(message, action = null) {
    const box = element("div", "notice");
    box.append(element("span", "", message));
    if (action) box.append(action);
    return box;
  }

  function explain(problem) {
    if (problem.status === 429) {
      const wait = problem.retryAfter ? plural(problem.retryAfter, "second") : "a moment";
      return `Too many questions at once. Try again in ${wait}.`;
    }
    if (problem.status === 401) return "This server answers only with a key.";
    return problem.message;
  }

  function problemNotice(problem, retry) {
    if (!(problem instanceof Problem)) throw problem;
    const message = explain(problem);
    say(message);
    return notice(message, retry ? plainButton("Try again", retry) : null);
  }

  async function copy(text, button) {
    const before = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copyBySelection(text, button); // the clipboard needs https or localhost
    }
    button.textContent = done ? "Copied" : "Could not copy";
    say(button.textContent);
    await pause(1800);
    button.textContent = before;
  }

  function copyBySelection(text, button) {
    const box = element("textarea", "sr");
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    button.focus();
    return done;
  }

  function longDate(iso) {
    const date = new Date(`${iso}T00:00:00Z`);
    return date.toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
  }

  function timeElement(iso) {
    const time = element("time", "", longDate(iso));
    time.dateTime = iso;
    return time;
  }

  // Put parts with a middle dot between them; strings become text, elements stay.
  function joinParts(into, parts) {
    const kept = parts.filter(Boolean);
    into.replaceChildren(...kept.flatMap((part, at) => (at ? [" · ", part] : [part])));
  }

  function range(start, end) {
    return `characters ${count(start)}–${count(end)}`;
  }

  function webAddress(uri) {
    try {
      const url = new URL(uri);
      return url.protocol === "https:" || url.protocol === "http:" ? url : null;
    } catch {
      return null;
    }
  }

  function parameters(values) {
    const kept = Object.entries(values).filter(([, value]) => value !== null && value !== "");
    return new URLSearchParams(kept).toString();
  }

  function inCollection(collection) {
    return collection === "default" ? null : collection;
  }

  // The text directive for a quote: the whole if it is short, else its first and last words.
  function textDirective(text) {
    const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.length === 0) return "";
    const encode = (part) => encodeURIComponent(part).replaceAll("-", "%2D");
    if (lines.length === 1 && lines[0].length <= 80) return `:~:text=${encode(lines[0])}`;
    const first = lines[0].split(/\s+/).slice(0, 5).join(" ");
    const last = lines.at(-1).split(/\s+/).slice(-5).join(" ");
    return `:~:text=${encode(first)},${encode(last)}`;
  }

  // The address of a place in a document, in this page's own document view.
  function placeAddress(quote, collection) {
    const { document: source, location: place, highlight } = quote;
    const query = parameters({
      collection: inCollection(collection),
      start: place.start,
      end: place.end,
      answer_start: highlight ? place.start + highlight.start : null,
      answer_end: highlight ? place.start + highlight.end : null,
      page: place.page,
      sha256: source.sha256.slice(0, 16),
    });
    return `/documents/${encodeURIComponent(source.id)}?${query}`;
  }

  function documentAddress(id, collection, words = "") {
    const query = parameters({ collection: inCollection(collection), words });
    return `/documents/${encodeURIComponent(id)}${query ? `?${query}` : ""}`;
  }

  function documentsAddress(collection) {
    const query = parameters({ collection: inCollection(collection) });
    return `/documents${query ? `?${query}` : ""}`;
  }

  function citation(words, source, place, address) {
    const parts = [
      source.title,
      source.date ? longDate(source.date) : "",
      place.page ? `page ${place.page}` : "",
      range(place.start, place.end),
    ].filter(Boolean);
    return `“${words}”\n${parts.join(", ")}.\n${new URL(address, location.href).href}`;
  }

  // ---- Confidence in words ----

  // A probability as a percentage that never rounds up to certainty or onto the threshold.
  function percent(value, other = null) {
    if (value > 0.99 && value < 1) return "over 99%";
    if (value > 0 && value < 0.01) return "under 1%";
    for (const digits of [0, 1, 2]) {
      const shown = (100 * value).toFixed(digits);
      if (other === null || other === value || shown !== (100 * other).toFixed(digits)) {
        return `${shown}%`;
      }
    }
    return `${100 * value}%`;
  }

  function likelihood(value) {
    if (value >= 0.95) return "very likely right";
    if (value >= 0.8) return "likely right";
    if (value >= 0.55) return "more likely right than wrong";
    if (value >= 0.45) return "as likely right as wrong";
    return "more likely wrong than right";
  }

  function confidenceBox({ value, threshold }, answered) {
    const box = stamp("confidence-template");
    const gauge = box.querySelector(".gauge");
    gauge.style.setProperty("--value", String(value));
    gauge.style.setProperty("--threshold", String(threshold));
    gauge.classList.toggle("under", !answered);
    const shown = percent(value, threshold);
    const start = shown[0].toUpperCase() + shown.slice(1);
    const limit = percent(threshold, value);
    const words = box.querySelector("p");
    if (answered) {
      words.append(element("strong", "", `${start} sure`));
      words.append(`: ${likelihood(value)}. Quoth needs ${limit} to answer.`);
    } else if (value < threshold) {
      words.append("The best candidate reached ", element("strong", "", shown));
      words.append(`; an answer needs ${limit}.`);
    } else {
      words.append(element("strong", "", start), `; an answer needs ${limit}.`);
    }
    return box;
  }

  // ---- Answers ----

  const REASONS = {
    empty_corpus: ["There is nothing to search.", "This collection has no documents yet."],
    nothing_relevant: [
      "The documents do not speak of this.",
      "Nothing in them comes near enough to the question to be read for an answer.",
    ],
    not_stated: [
      "The documents do not say.",
      "They come near the question, but no sentence in them states an answer.",
    ],
  };

  function quoteFigure(quote, collection) {
    const figure = stamp("quote-template");
    const { document: source, location: place } = quote;
    const words = quote.quote ?? quote.text;
    const address = placeAddress(quote, collection);
    const directive = textDirective(words);
    fillQuote(figure.querySelector("blockquote p"), words, quote.highlight);
    figure.querySelector("blockquote").cite = address;
    figure.querySelector(".title").textContent = source.title;
    joinParts(figure.querySelector(".meta"), [
      source.date ? timeElement(source.date) : null,
      place.page ? `page ${place.page}` : null,
      range(place.start, place.end),
    ]);
    const open = figure.querySelector(".open");
    open.href = `${address}#${directive}`;
    open.setAttribute("aria-label", `Read in context: ${source.title}`);
    const original = webAddress(source.uri);
    if (original) {
      const link = figure.querySelector(".original");
      link.href = `${original.href.split("#")[0]}#${directive}`;
      link.hidden = false;
    }
    figure.querySelector("figcaption").dataset.link = new URL(address, location.href).href;
    figure.querySelector(".cite").addEventListener("click", (event) => {
      copy(citation(words, source, place, address), event.currentTarget);
    });
    return figure;
  }

  function fillQuote(paragraph, words, highlight) {
    if (!highlight) {
      paragraph.textContent = words;
      return;
    }
    const { before, inside, after } = splitPoints(words, highlight.start, highlight.end);
    paragraph.append(before, element("mark", "", inside), after);
  }

  function addAlsoIn(figure, quote, collection) {
    if (quote.also_in.length === 0) return;
    const also = figure.querySelector(".also");
    also.append("The same words are also in ");
    quote.also_in.forEach((source, at) => {
      const link = element("a", "", source.title);
      link.dir = "auto";
      link.href = documentAddress(source.id, collection, splitPoints(quote.quote, 0, 300).inside);
      also.append(at ? ", " : "", link, source.date ? ` (${longDate(source.date)})` : "");
    });
    also.append(".");
    also.hidden = false;
  }

  function heading(text, className = "") {
    const made = element("h2", className, text);
    made.tabIndex = -1;
    return made;
  }

  function answeredSection(reply) {
    const section = element("section");
    const [first, ...rest] = reply.answers;
    const collection = reply.searched.collection;
    const title = heading("", "answer-words");
    title.classList.toggle("long", countPoints(first.answer) > 60);
    title.append(element("span", "sr", "Answer: "), element("bdi", "", first.answer));
    const figure = quoteFigure(first, collection);
    addAlsoIn(figure, first, collection);
    section.append(title, figure, confidenceBox(reply.confidence, true));
    if (rest.length) {
      const others = element("section", "others");
      others.append(element("h2", "", rest.length === 1 ? "Another quote" : "Other quotes"));
      for (const answer of rest) {
        const other = quoteFigure(answer, collection);
        other.querySelector(".meta").append(` · ${percent(answer.score)} sure`);
        addAlsoIn(other, answer, collection);
        others.append(other);
      }
      section.append(others);
    }
    return section;
  }

  function abstainedSection(reply) {
    const section = element("section");
    const [title, why] = REASONS[reply.abstain_reason] ?? REASONS.not_stated;
    section.append(heading(title, "answer-words"), element("p", "why", why));
    if (reply.abstain_reason === "empty_corpus") {
      const link = element("a", "", "Add documents");
      link.href = documentsAddress(reply.searched.collection);
      section.append(element("p", "why"));
      section.lastChild.append(link);
      return section;
    }
    section.append(confidenceBox(reply.confidence, false));
    if (reply.nearest.length) section.append(nearestSection(reply));
    return section;
  }

  function nearestSection(reply) {
    const nearest = element("section", "others");
    nearest.append(element("h2", "", "The nearest passages"));
    const note = "They are shown so that you can judge; Quoth found no answer in them.";
    nearest.append(element("p", "note", note));
    for (const passage of reply.nearest) {
      const figure = quoteFigure(passage, reply.searched.collection);
      nearest.append(figure);
      if (countPoints(passage.text) > 320) clamp(figure);
    }
    return nearest;
  }

  function clamp(figure) {
    figure.classList.add("clamped");
    const toggle = plainButton("Show it whole", () => {
      const clamped = figure.classList.toggle("clamped");
      toggle.textContent = clamped ? "Show it whole" : "Show less";
      toggle.setAttribute("aria-expanded", String(!clamped));
    });
    toggle.setAttribute("aria-expanded", "false");
    figure.querySelector(".actions").prepend(toggle);
  }

  function receipt(reply, milliseconds) {
    const { collection, documents, passages, generation } = reply.searched;
    const box = element("p", "receipt");
    const where = collection === "default" ? "" : ` in ${collection}`;
    const seconds = milliseconds < 1000 ? "" : (milliseconds / 1000).toFixed(1);
    const time = milliseconds ? ` in ${seconds ? `${seconds} s` : `${milliseconds} ms`}` : "";
    const link = new URL(askAddress(reply.question, collection, generation), location.href).href;
    joinParts(box, [
      `Searched ${plural(passages, "passage")} of ${plural(documents, "document")}${where}${time}`,
      `index generation ${generation.slice(0, 12)}`,
    ]);
    const button = plainButton("Copy a link to this answer", () => copy(link, button));
    const tail = element("span", "unprinted", " · ");
    tail.append(button);
    box.append(tail);
    return box;
  }

  function askAddress(question, collection, generation = null) {
    return `/?${parameters({ q: question, collection: inCollection(collection), generation })}`;
  }

  // ---- The ask view ----

  let asking = null;

  function showWaiting(message) {
    const result = by("result");
    if (result.getAttribute("aria-busy") !== "true") return;
    result.replaceChildren(element("p", "waiting", message));
  }

  // Ask a question that is in the address already, and show what comes.
  async function ask(question, collection, { generation = null, focus = false } = {}) {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    const result = by("result");
    document.body.classList.add("asked");
    document.title = `${question} – Quoth`;
    by("shelf").replaceChildren();
    result.setAttribute("aria-busy", "true");
    by("ask-button").setAttribute("aria-disabled", "true");
    say("Searching.");
    try {
      const response = await request("/v1/ask", {
        method: "POST",
        json: { question, collection },
        signal: mine.signal,
      });
      const timing = /total;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
      const reply = await response.json();
      if (asking === mine) showReply(reply, generation, timing && Math.round(timing[1]), focus);
    } catch (error) {
      if (asking !== mine) return;
      if (error.name === "AbortError") result.replaceChildren(notice("Stopped."));
      else result.replaceChildren(problemNotice(error, () => ask(question, collection, { focus })));
    } finally {
      if (asking === mine) {
        asking = null;
        result.setAttribute("aria-busy", "false");
        by("ask-button").removeAttribute("aria-disabled");
      }
    }
  }

  function showReply(reply, generation, milliseconds, focus) {
    const answered = reply.status === "answered";
    const section = answered ? answeredSection(reply) : abstainedSection(reply);
    const question = element("p", "printed", reply.question);
    const parts = [question, section, receipt(reply, milliseconds)];
    if (generation && generation !== reply.searched.generation) {
      parts.unshift(
        notice("The documents have changed since this link was made; the answer may differ."),
      );
    }
    by("result").replaceChildren(...parts);
    const title = section.querySelector("h2");
    if (focus) title.focus({ preventScroll: true });
    else say(title.textContent);
  }

  // Make one line of what was typed or pasted, say what is wrong with it, and return it if nothing.
  function checkQuestion(complain) {
    const box = by("question");
    // eslint-disable-next-line no-control-regex
    const clean = box.value.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
    if (clean !== box.value) box.value = clean;
    const points = countPoints(clean);
    const note = by("question-note");
    let wrong = "";
    if (points > MOST_POINTS) {
      const over = plural(points - MOST_POINTS, "character");
      wrong = `${over} over the limit of ${count(MOST_POINTS)}.`;
    } else if (complain && !clean.trim()) {
      wrong = "Write a question first.";
    }
    note.textContent =
      wrong || (points > 0.8 * MOST_POINTS ? `${MOST_POINTS - points} characters left.` : "");
    note.classList.toggle("wrong", Boolean(wrong));
    box.setAttribute("aria-invalid", String(Boolean(wrong)));
    fitBox();
    return wrong || !clean.trim() ? null : clean.trim();
  }

  // Let the box grow with its text where the style sheet cannot (field-sizing).
  function fitBox() {
    if (CSS.supports("field-sizing", "content")) return;
    const box = by("question");
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }

  function submitQuestion(event) {
    event.preventDefault();
    const question = checkQuestion(true);
    const collection = by("collection").value.trim() || "default";
    if (question === null) {
      by("question").focus();
      return;
    }
    if (!NAME.test(collection)) {
      by("scope").open = true;
      by("collection").focus();
      by("question-note").textContent =
        "A collection's name has letters, digits, dots, dashes and underscores.";
      return;
    }
    const address = askAddress(question, collection);
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    ask(question, collection, { focus: true });
  }

  function showScope() {
    by("scope-name").textContent = by("collection").value.trim() || "default";
  }

  function askFromAddress() {
    const query = new URLSearchParams(location.search);
    const question = query.get("q") ?? "";
    const collection = query.get("collection") ?? "default";
    by("question").value = question;
    by("collection").value = collection;
    showScope();
    const checked = checkQuestion(false);
    if (checked) {
      ask(checked, collection, { generation: query.get("generation") });
      return;
    }
    asking?.abort();
    asking = null;
    document.title = "Quoth";
    document.body.classList.remove("asked");
    by("result").replaceChildren();
    showShelf(collection);
  }

  // Under an empty question: what there is to ask about.
  async function showShelf(collection) {
    const shelf = by("shelf");
    const link = element("a", "", "Add documents");
    link.href = documentsAddress(collection);
    try {
      const { documents } = await listDocuments(collection);
      if (documents.length === 0) {
        shelf.replaceChildren(element("h2", "", "No documents yet"), element("p"));
        shelf.lastChild.append(link, " and ask them.");
        return;
      }
      const list = element("ul");
      for (const found of documents.slice(0, 5)) {
        const title = element("a", "", found.title);
        title.dir = "auto";
        title.href = documentAddress(found.id, collection);
        const item = element("li");
        item.append(element("p", "name"), found.date ? timeElement(found.date) : "");
        item.firstChild.append(title);
        item.querySelector("time")?.classList.add("meta");
        list.append(item);
      }
      const all = element("a", "", documents.length > 5 ? "See them all" : "Add or remove");
      all.href = link.href;
      shelf.replaceChildren(
        element("h2", "", plural(documents.length, "document")), list, element("p", "note"));
      shelf.lastChild.append(all);
    } catch (error) {
      shelf.replaceChildren(problemNotice(error, () => showShelf(collection)));
    }
  }

  function startAsk() {
    by("ask-form").addEventListener("submit", submitQuestion);
    by("question").addEventListener("input", () => checkQuestion(false));
    by("question").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        by("ask-form").requestSubmit();
      }
    });
    by("collection").addEventListener("input", showScope);
    addEventListener("popstate", askFromAddress);
    askFromAddress();
    if (!by("question").value && matchMedia("(hover: hover)").matches) by("question").focus();
  }

  // ---- The documents view ----

  async function listDocuments(collection) {
    const response = await request(`/v1/documents?${parameters({ collection })}`);
    return response.json();
  }

  function documentFacts(found) {
    return [
      found.date ? timeElement(found.date) : null,
      found.author,
      plural(found.characters, "character"),
      plural(found.passages, "passage"),
      found.version > 1 ? `version ${found.version}` : null,
      fileName(found.uri, found.title),
    ];
  }

  function fileName(uri, title) {
    const name = webAddress(uri) ? "" : uri.replace(/^upload:/, "").split("/").at(-1);
    return name === title ? "" : name;
  }

  const shelf = { collection: "default", documents: [], shown: MOST_ROWS };

  async function loadDocuments() {
    try {
      const { documents } = await listDocuments(shelf.collection);
      shelf.documents = documents;
      by("documents-problem").replaceChildren();
    } catch (error) {
      if (error.status === 404) {
        shelf.documents = []; // a collection begins with its first document
      } else {
        by("documents-problem").replaceChildren(problemNotice(error, loadDocuments));
        return;
      }
    }
    showDocuments();
  }

  function showDocuments() {
    const sought = by("find").value.trim().toLocaleLowerCase();
    const fitting = shelf.documents.filter((found) =>
      `${found.title} ${found.uri}`.toLocaleLowerCase().includes(sought),
    );
    const name = shelf.collection === "default" ? "" : ` in ${shelf.collection}`;
    const total = shelf.documents.length;
    by("documents-lead").textContent = total
      ? `${plural(total, "document")}${name}. Questions are answered from these only.`
      : `There is nothing to ask${name} yet.`;
    by("find-box").hidden = total <= 8;
    by("document-rows").replaceChildren(...fitting.slice(0, shelf.shown).map(documentRow));
    by("more-documents").hidden = fitting.length <= shelf.shown;
    return fitting.length;
  }

  function documentRow(found) {
    const row = stamp("row-template");
    const title = element("a", "", found.title);
    title.href = documentAddress(found.id, shelf.collection);
    row.querySelector(".name").append(title);
    joinParts(row.querySelector(".meta"), documentFacts(found));
    const remove = plainButton("Remove", () => removeDocument(found, row));
    remove.setAttribute("aria-label", `Remove ${found.title}`);
    row.querySelector(".side").append(remove);
    return row;
  }

  function confirmRemoval(title) {
    const dialog = by("remove-dialog");
    by("remove-name").textContent = title;
    dialog.returnValue = "cancel";
    dialog.showModal();
    by("keep").focus();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "remove"), {
        once: true,
      });
    });
  }

  async function removeDocument(found, row) {
    if (!(await confirmRemoval(found.title))) return;
    const query = parameters({ collection: shelf.collection });
    try {
      await request(`/v1/documents/${encodeURIComponent(found.id)}?${query}`, { method: "DELETE" });
    } catch (error) {
      if (error.status !== 404) { // gone already is what was wanted
        by("documents-problem").replaceChildren(problemNotice(error, null));
        return;
      }
    }
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const title = next?.querySelector("a")?.textContent;
    await loadDocuments();
    say(`Removed ${found.title}.`);
    const rows = [...by("document-rows").querySelectorAll("button")];
    const after = rows.find((button) => button.getAttribute("aria-label") === `Remove ${title}`);
    (after ?? by("files")).focus();
  }

  // ---- Adding documents ----

  const uploads = { waiting: [], running: false };

  function addFiles(files) {
    for (const file of files) {
      const row = stamp("row-template");
      row.querySelector(".name").textContent = file.name;
      row.querySelector(".meta").textContent = "Waiting";
      by("upload-rows").append(row);
      by("uploads").hidden = false;
      uploads.waiting.push({ file, row });
    }
    if (!uploads.running) sendFiles();
  }

  // One file after the other: each gets its own progress and its own outcome.
  async function sendFiles() {
    uploads.running = true;
    let sent = 0;
    let failed = 0;
    for (let next = uploads.waiting.shift(); next; next = uploads.waiting.shift()) {
      const done = await sendFile(next.file, next.row);
      if (done) sent += 1;
      else failed += 1;
    }
    uploads.running = false;
    const trouble = failed ? ` ${plural(failed, "file")} could not be added.` : "";
    say(`${plural(sent, "file")} done.${trouble}`);
    await loadDocuments();
  }

  async function sendFile(file, row) {
    const bar = element("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    row.querySelector(".side").replaceChildren(bar);
    const state = row.querySelector(".meta");
    state.textContent = "Sending";
    try {
      const reply = await post(file, (share) => {
        if (share < 1) bar.value = share;
        else bar.removeAttribute("value");
        state.textContent = share < 1 ? `Sending, ${Math.floor(100 * share)}%` : "Reading it";
      });
      const [failure] = reply.failed ?? [];
      if (failure && !reply.documents?.length) throw new Problem(422, "Unreadable", failure.reason);
      state.textContent = outcome(reply.documents);
      if (failure) {
        const lost = plural(reply.failed.length, "record");
        state.append(`. ${lost} could not be read; the first: ${failure.reason}`);
      }
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      state.textContent = `Not added: ${error.message}`;
      state.classList.add("failed");
      return false;
    } finally {
      bar.remove();
    }
  }

  // What became of the documents of one file; a file of records holds several.
  function outcome(changes) {
    const changed = changes.filter((change) => change.outcome !== "unchanged");
    if (changed.length === 0) return "Already there, unchanged";
    const passages = changed.reduce((sum, change) => sum + change.passages, 0);
    const replaced = changed.every((change) => change.outcome === "replaced");
    const what = changes.length > 1 ? ` ${plural(changed.length, "document")}` : "";
    const verb = replaced ? "Replaced an earlier version" : `Added${what}`;
    return `${verb}, ${plural(passages, "passage")}`;
  }

  // Post one file. XMLHttpRequest, since fetch does not tell how much has been sent.
  async function post(file, onProgress) {
    for (;;) {
      const sent = authorization();
      const form = new FormData();
      form.append("collection", shelf.collection);
      form.append("file", file, file.name);
      const reply = await new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open("POST", "/v1/documents");
        for (const [name, value] of Object.entries(sent)) call.setRequestHeader(name, value);
        call.upload.addEventListener("progress", (event) => {
          if (event.lengthComputable) onProgress(event.loaded / event.total);
        });
        call.addEventListener("load", () => resolve(call));
        call.addEventListener("error", () => {
          reject(new Problem(0, "No connection", "it could not be sent (is it a folder?)."));
        });
        call.send(form);
      });
      if (reply.status === 401 && (await askForKey(sent.Authorization))) continue;
      const parsed = reply.status < 500 ? parseReply(reply.responseText) : null;
      if (parsed?.documents || parsed?.failed) return parsed;
      const retry = reply.getResponseHeader("Retry-After");
      const problem = readProblem(reply.status, reply.statusText, reply.responseText, retry);
      if (problem.status === 429 && retry) {
        await pause(1000 * problem.retryAfter);
        continue;
      }
      throw problem;
    }
  }

  function parseReply(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function startDrop() {
    let depth = 0;
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = () => document.body.classList.toggle("dropping", depth > 0);
    addEventListener("dragenter", (event) => {
      if (holdsFiles(event)) depth += 1;
      show();
    });
    addEventListener("dragleave", (event) => {
      if (holdsFiles(event)) depth -= 1;
      show();
    });
    addEventListener("dragover", (event) => {
      if (holdsFiles(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      depth = 0;
      show();
      addFiles([...event.dataTransfer.files]);
    });
  }

  function startDocuments() {
    shelf.collection = new URLSearchParams(location.search).get("collection") ?? "default";
    document.title = "Documents – Quoth";
    by("files").addEventListener("change", () => {
      addFiles([...by("files").files]);
      by("files").value = "";
    });
    by("find").addEventListener("input", () => {
      shelf.shown = MOST_ROWS;
      say(plural(showDocuments(), "document"));
    });
    by("more-documents").addEventListener("click", () => {
      shelf.shown += MOST_ROWS;
      showDocuments();
    });
    addEventListener("beforeunload", (event) => {
      if (uploads.running) event.preventDefault();
    });
    startDrop();
    loadDocuments();
  }

  // ---- The document view ----

  // What is shown: `text` from unit `from` to unit `to`; `marks` in units, or null.
  const view = { text: "", from: 0, to: 0, marks: null };

  function numberOf(query, name) {
    const value = query.get(name);
    return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
  }

  function readPlace(query) {
    const place = {
      start: numberOf(query, "start"),
      end: numberOf(query, "end"),
      answerStart: numberOf(query, "answer_start"),
      answerEnd: numberOf(query, "answer_end"),
      page: numberOf(query, "page"),
    };
    return place.start === null && place.end === null ? null : place;
  }

  // Translate a place from code points to units; null if the text has no such place.
  function findMarks(text, place) {
    if (place.start === null || place.end === null || place.start >= place.end) return null;
    const start = unitAt(text, place.start);
    const end = unitAt(text, place.end - place.start, start);
    if (start >= text.length || countPoints(text.slice(start, end)) < place.end - place.start) {
      return null;
    }
    const marks = { start, end, answerStart: start, answerEnd: end };
    const { answerStart, answerEnd } = place;
    const inside = place.start <= answerStart && answerStart < answerEnd && answerEnd <= place.end;
    if (answerStart !== null && answerEnd !== null && inside) {
      marks.answerStart = unitAt(text, answerStart - place.start, start);
      marks.answerEnd = unitAt(text, answerEnd - answerStart, marks.answerStart);
    }
    return marks;
  }

  function findWords(text, words) {
    const start = text.indexOf(words);
    return start < 0 ? null : { start, end: start + words.length,
      answerStart: start, answerEnd: start + words.length };
  }

  // Move a unit to the paragraph border next to it, or at least off the middle of a pair.
  function border(text, unit, step) {
    if (unit <= 0) return 0;
    if (unit >= text.length) return text.length;
    const found = step < 0 ? text.lastIndexOf("\n", unit) + 1 : text.indexOf("\n", unit) + 1;
    if (found > 0 && Math.abs(found - unit) < 20_000) return found;
    const code = text.charCodeAt(unit);
    return code >= 0xdc00 && code < 0xe000 ? unit - 1 : unit;
  }

  // The paragraphs of a stretch of text as half-open unit ranges; the breaks between are left out.
  function* paragraphs(text, from, to) {
    const stretch = text.slice(from, to);
    const gap = /\n[^\S\n]*\n\s*/.test(stretch) ? /\n[^\S\n]*\n\s*/g : /\n/g;
    let start = 0;
    for (const found of stretch.matchAll(gap)) {
      if (found.index > start) yield [from + start, from + found.index];
      start = found.index + found[0].length;
    }
    if (start < stretch.length) yield [from + start, to];
  }

  function renderText(from, to) {
    const pieces = document.createDocumentFragment();
    for (const [start, end] of paragraphs(view.text, from, to)) {
      const paragraph = element("p");
      paragraph.append(...segments(start, end));
      pieces.append(paragraph);
    }
    return pieces;
  }

  // Cut a paragraph at the borders of the quote and of the answer in it.
  function segments(start, end) {
    if (!view.marks) return [view.text.slice(start, end)];
    const { start: first, end: last, answerStart, answerEnd } = view.marks;
    const cuts = [first, answerStart, answerEnd, last].filter((cut) => cut > start && cut < end);
    const borders = [...new Set([start, ...cuts, end])];
    return borders.slice(0, -1).map((from, at) => {
      const words = view.text.slice(from, borders[at + 1]);
      if (from < first || from >= last) return words;
      const answer = answerStart <= from && from < answerEnd;
      return element("mark", answer ? "quoted answer" : "quoted", words);
    });
  }

  function showWindow() {
    by("text").replaceChildren(renderText(view.from, view.to));
    showWindowEdges();
  }

  function showWindowEdges() {
    by("earlier-box").hidden = view.from === 0;
    by("later-box").hidden = view.to === view.text.length;
    const before = Math.floor((100 * view.from) / view.text.length);
    const after = Math.floor(100 - (100 * view.to) / view.text.length);
    by("earlier-note").textContent = `${before}% of the text lies before this`;
    by("later-note").textContent = `${after}% of the text follows`;
  }

  function showEarlier() {
    const from = border(view.text, view.from - WHOLE_TEXT / 3, -1);
    const added = renderText(from, view.from);
    const anchor = by("text").firstElementChild;
    const before = anchor.getBoundingClientRect().top;
    by("text").prepend(added);
    view.from = from;
    showWindowEdges();
    scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "instant" });
    say("Earlier text is shown.");
  }

  function showLater() {
    const to = border(view.text, view.to + WHOLE_TEXT / 3, 1);
    by("text").append(renderText(view.to, to));
    view.to = to;
    showWindowEdges();
    say("Later text is shown.");
  }

  function goToQuote(behavior) {
    const mark = by("text").querySelector("mark");
    if (!mark) return;
    mark.tabIndex = -1;
    mark.scrollIntoView({ block: "start", behavior });
    mark.focus({ preventScroll: true });
  }

  // The stored text, its offsets untouched: a byte order mark inside it must stay.
  async function fetchText(id, collection) {
    const query = parameters({ collection });
    const response = await request(`/v1/documents/${encodeURIComponent(id)}/text?${query}`);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
  }

  async function loadDocument(id, query) {
    const collection = query.get("collection") ?? "default";
    by("text").setAttribute("aria-busy", "true");
    by("document-notice").replaceChildren(element("p", "note", "Opening the document …"));
    try {
      const [response, text] = await Promise.all([
        request(`/v1/documents/${encodeURIComponent(id)}?${parameters({ collection })}`),
        fetchText(id, collection),
      ]);
      showDocument(await response.json(), text, query);
    } catch (error) {
      const gone = error.status === 404;
      by("document-title").textContent = gone ? "There is no such document." : "Not opened";
      by("document-notice").replaceChildren(
        gone
          ? notice("It may have been removed since the link was made.")
          : problemNotice(error, () => loadDocument(id, query)),
      );
    } finally {
      by("text").removeAttribute("aria-busy");
    }
  }

  function showDocument(found, text, query) {
    const place = readPlace(query);
    const words = query.get("words");
    document.title = `${found.title} – Quoth`;
    by("document-title").textContent = found.title;
    joinParts(by("document-meta"), [...documentFacts(found), originalLink(found.uri)]);
    if (found.language) by("text").lang = found.language;
    view.text = text;
    view.marks = place ? findMarks(text, place) : words ? findWords(text, words) : null;
    by("document-notice").replaceChildren(...documentNotices(found, query, place));
    const around = WHOLE_TEXT / 6;
    const whole = text.length <= WHOLE_TEXT;
    view.from = whole ? 0 : border(text, (view.marks?.start ?? 0) - around, -1);
    view.to = whole ? text.length : border(text, (view.marks?.end ?? 0) + around, 1);
    showWindow();
    if (view.marks && place) showPlace(found, place);
    if (view.marks) requestAnimationFrame(() => goToQuote("instant"));
  }

  function originalLink(uri) {
    const url = webAddress(uri);
    if (!url) return null;
    const link = element("a", "", url.host);
    link.href = url.href;
    link.rel = "noopener noreferrer";
    return link;
  }

  function documentNotices(found, query, place) {
    const version = query.get("sha256");
    if (version && !found.sha256.startsWith(version)) {
      return [notice("This document has changed since the quote was taken. What is marked below " +
        "stands at the same place, but may not be the quote.")];
    }
    if (place && !view.marks) {
      return [notice("The link points at a place that this text does not have.")];
    }
    if (query.get("words") && !view.marks) {
      return [notice("The words are set a little differently here, so nothing is marked.")];
    }
    return view.text ? [] : [notice("This document has no text.")];
  }

  function showPlace(found, place) {
    const page = place.page ? `Page ${place.page}, ` : "";
    const where = page + range(place.start, place.end);
    by("place-where").textContent = where[0].toUpperCase() + where.slice(1);
    by("to-quote").addEventListener("click", () => goToQuote());
    by("cite-quote").addEventListener("click", (event) => {
      const words = view.text.slice(view.marks.start, view.marks.end);
      const address = location.pathname + location.search;
      copy(citation(words, found, place, address), event.currentTarget);
    });
    by("place").hidden = false;
  }

  function startDocument(id) {
    const query = new URLSearchParams(location.search);
    const back = by("back");
    const from = webAddress(document.referrer);
    if (from?.origin === location.origin && from.pathname === "/" && from.searchParams.get("q")) {
      back.href = from.pathname + from.search;
      back.textContent = "Back to the answer";
    } else {
      back.href = documentsAddress(query.get("collection") ?? "default");
      back.textContent = "All documents";
    }
    by("earlier").addEventListener("click", showEarlier);
    by("later").addEventListener("click", showLater);
    loadDocument(id, query);
  }

  // ---- Start ----

  function startKeys() {
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]")) return;
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !typing) {
        event.preventDefault();
        if (by("view-ask").hidden) location.assign("/");
        else by("question").select();
      }
      if (event.key === "Escape" && !event.isComposing) escape(event.target);
    });
  }

  function escape(target) {
    if (asking) asking.abort();
    else if (target === by("question") && target.value) {
      target.value = "";
      checkQuestion(false);
    } else if (target !== document.body) target.blur();
  }

  function carryCollection() {
    const collection = new URLSearchParams(location.search).get("collection");
    if (!collection || collection === "default") return;
    for (const link of document.querySelectorAll("nav a, .wordmark")) {
      link.href += `?${parameters({ collection })}`;
    }
  }

  function start() {
    startTheme();
    startKeys();
    carryCollection();
    key.set(key.get());
    by("forget-key").addEventListener("click", () => {
      key.set("");
      say("The key is forgotten.");
    });
    const path = location.pathname.split("/").filter(Boolean);
    const name = path.length === 0 ? "ask" : path.length === 1 ? "documents" : "document";
    by(`view-${name}`).hidden = false;
    document.querySelector(`nav [data-view="${name}"]`)?.setAttribute("aria-current", "page");
    if (name === "ask") startAsk();
    else if (name === "documents") startDocuments();
    else startDocument(decodeURIComponent(path[1]));
  }

  document.addEventListener("DOMContentLoaded", start);
})();
