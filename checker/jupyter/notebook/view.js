// A view of Python's making: HTML comes in the trait `html`, presses and forms go back as messages.
// The page is patched, not replaced, so that focus, open details and what is being typed stay as they are.

const UNHEARD_MS = 800;
const OWN = { DETAILS: ["open"], INPUT: ["value", "checked"] }; // attributes that belong to the one who reads

function patchChildren(here, wanted) {
  const next = [...wanted.childNodes];
  next.forEach((node, at) => {
    const old = here.childNodes[at];
    if (!old) here.appendChild(node);
    else if (alike(old, node)) patch(old, node);
    else here.replaceChild(node, old);
  });
  while (here.childNodes.length > next.length) here.lastChild.remove();
}

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.dataset?.key === b.dataset?.key;
}

function patch(old, node) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  const kept = OWN[node.nodeName] ?? [];
  for (const { name } of [...old.attributes])
    if (!node.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  for (const { name, value } of node.attributes)
    if (old.getAttribute(name) !== value && !kept.includes(name)) old.setAttribute(name, value);
  patchChildren(old, node);
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// JupyterLab's shortcuts (an arrow moves to another cell) must not take the keys of buttons and fields. It looks for
// this mark from the focused element upwards, and takes the first match of either: so each one has it.
function keepKeys(page) {
  for (const one of page.querySelectorAll("button, input, summary, a, [tabindex]"))
    one.dataset.lmSuppressShortcuts = "true";
}

// Bring a part of the lesson up, by the words of its heading.
function goTo(from, heading) {
  const page = from.closest(".jp-Notebook") ?? document;
  const words = (node) => node.textContent.replace("¶", "").trim();
  const found = [...page.querySelectorAll("h1, h2, h3, h4")].find((node) => words(node) === heading);
  found?.scrollIntoView({ block: "start" });
}

function render({ model, el }) {
  const page = document.createElement("div");
  const note = document.createElement("p"); // what the page itself has to say: not heard yet, kernel gone
  note.setAttribute("role", "status");
  note.className = "docker101-note";
  el.classList.add("docker101-view");
  el.append(page, note);
  let unheard;

  const tell = (words) => {
    clearTimeout(unheard);
    if (note.textContent !== words) note.textContent = words;
  };
  const show = () => {
    patchChildren(page, parsed(model.get("html")));
    keepKeys(page);
    tell("");
  };
  const heard = (message) => message.heard && tell("");
  const send = (press, values = {}) => {
    model.send({ press, values });
    clearTimeout(unheard);
    unheard = setTimeout(() => tell("Waiting for the cell that is running."), UNHEARD_MS);
  };
  // The connection was cut or made: say the worst, and ask. A kernel that was restarted does not know us.
  const unsure = () => {
    tell("Not up to date: the kernel has not answered yet. If it was restarted, run this cell again.");
    try { model.send({ press: "" }); } catch { /* nobody is there to ask */ }
  };

  page.addEventListener("click", (event) => {
    const pressed = event.target.closest("button[data-press], [data-heading]");
    if (pressed?.dataset.heading) goTo(el, pressed.dataset.heading);
    else if (pressed?.type === "button") send(pressed.dataset.press, { ...pressed.dataset });
  });
  page.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target.dataset.press, Object.fromEntries(new FormData(event.target)));
  });
  model.on("change:html", show);
  model.on("msg:custom", heard);
  model.on("comm_live_update", unsure);
  show();
  return () => {
    clearTimeout(unheard);
    model.off("change:html", show);
    model.off("msg:custom", heard);
    model.off("comm_live_update", unsure);
  };
}

export default { render };
