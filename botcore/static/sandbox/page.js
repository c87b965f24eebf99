"use strict";

const POLL_MS = 700;
const TOAST_MS = 3500;
const MEDIA = { photo: "🖼", sticker: "🙂", video: "🎬", animation: "🎞", audio: "🎵", voice: "🎤", video_note: "⏺", document: "📄" };

const $ = (selector) => document.querySelector(selector);
const addresses = document.body.dataset;
let me = new URLSearchParams(location.search).get("person") || localStorage.getItem("person") || "";
let version = "";
let asking = false;
let answers = {};
const awaited = new Set();

// --- talking to the server -----------------------------------------------------------------------------------------

async function post(address, body) {
  const csrf = $("input[name=csrfmiddlewaretoken]").value;
  const response = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf, "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) toast(`Telegram no lo permitiría: ${answer.error}`);
  return response.ok ? answer : null;
}

async function act(act, more = {}) {
  const answer = await post(addresses.act, { person: me, act, ...more });
  await look();
  return answer;
}

async function look() {
  if (asking) return;
  asking = true;
  const asked = me;
  try {
    const response = await fetch(`${addresses.state}?person=${asked}&version=${version}`);
    const state = await response.json();
    if (asked === me && state.version !== version) draw(state);
  } catch {
    // The process is being restarted: the next look finds it again.
  } finally {
    asking = false;
  }
}

// --- drawing -------------------------------------------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function draw(state) {
  version = state.version;
  me = String(state.me.id);
  localStorage.setItem("person", me);
  drawPeople(state);
  drawMessages(state.messages);
  $("#title").textContent = `${state.bot} · ${state.me.name}`;
  $("#block").textContent = state.me.blocked ? "Desbloquear al bot" : "Bloquear al bot";
  $("#block").onclick = () => act(state.me.blocked ? "unblock" : "block");
  const commands = state.me.started ? state.commands : [{ command: "start", description: "" }];
  $("#commands").replaceChildren(...commands.map((one) => element("button", { type: "button", title: one.description, textContent: `/${one.command}`, onclick: () => act("say", { text: `/${one.command}` }) })));
  $("#channels").replaceChildren(...state.channels.map(drawChannel));
  answers = state.answers;
  tellAwaited();
}

function drawPeople(state) {
  $("#people").replaceChildren(...state.people.map((one) => {
    const button = element("button", { type: "button", onclick: () => choose(one.id) }, one.name, element("small", { textContent: one.note || `id ${one.id}` }));
    button.setAttribute("aria-current", String(one.id) === me);
    return button;
  }));
}

function drawMessages(messages) {
  const list = $("#messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  list.replaceChildren(...messages.map((message) => {
    const item = element("li", { className: message.mine ? "mine" : "" }, bubble(message));
    item.append(...message.keyboard.map((row) => element("div", { className: "row" }, ...row.map((button) => drawButton(message, button)))));
    return item;
  }));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function bubble(message) {
  const text = element("div", { innerHTML: message.html });
  linkAddresses(text);
  text.onclick = followLink;
  const time = new Date(message.date * 1000).toLocaleTimeString("es", { hour: "2-digit", minute: "2-digit" });
  const shown = element("div", { className: "bubble" });
  if (message.media) shown.append(element("div", { className: "media", textContent: MEDIA[message.media] || "📎" }));
  if (message.file) shown.append(element("a", { href: addresses.files + message.file, target: "_blank", textContent: message.name || message.file }));
  shown.append(text, element("time", { textContent: message.edited ? `editado ${time}` : time }));
  return shown;
}

// Telegram's apps make bare addresses links; the message itself carries none.
function linkAddresses(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("a")) texts.push(walker.currentNode);
  for (const text of texts) {
    const parts = text.data.split(/(https?:\/\/[^\s<>"»]+)/);
    if (parts.length > 1) text.replaceWith(...parts.map((part, n) => n % 2 ? element("a", { href: part, textContent: part }) : part));
  }
}

function drawButton(message, button) {
  const mark = { url: " ↗", copy_text: " ⧉" }[button.kind] || "";
  const shown = element("button", { type: "button", textContent: button.text + mark });
  if (button.kind === "callback_data") {
    shown.onclick = () => press(shown, message.id, button.value);
  } else if (button.kind === "url") {
    shown.onclick = () => follow(button.value);
  } else if (button.kind === "copy_text") {
    shown.onclick = () => copy(button.copy);
  }
  return shown;
}

function drawChannel(channel) {
  const state = channel.inside ? "Está dentro" : channel.asked ? "Ha pedido entrar y espera" : channel.banned ? "Le cerraron la puerta" : "Está fuera";
  const shown = element("article", { className: "channel" }, element("h2", { textContent: channel.title }), element("p", { className: "hint", textContent: `${state} · ${channel.members} dentro` }));
  if (channel.inside && !channel.owner) shown.append(element("button", { type: "button", textContent: "Salir", onclick: () => act("leave", { channel: channel.id }) }));
  if (!channel.inside && !channel.banned) shown.append(element("button", { type: "button", textContent: channel.asked ? "Pedirlo otra vez" : "Pedir entrar", onclick: () => act("ask", { channel: channel.id }) }));
  for (const post of channel.posts) {
    shown.append(bubble(post), element("button", { type: "button", textContent: "Reenviar a Lucien", onclick: () => act("forward", { channel: channel.id, message: post.id }) }));
  }
  if (channel.owner) {
    const form = element("form", {}, element("input", { name: "text", required: true, placeholder: "Publicar", maxLength: 4096 }), element("button", { textContent: "↑" }));
    form.onsubmit = (event) => { event.preventDefault(); act("post", { channel: channel.id, text: form.text.value }); };
    shown.append(form);
  }
  return shown;
}

// --- doing ---------------------------------------------------------------------------------------------------------

function choose(id) {
  me = String(id);
  version = "";
  $("#messages").replaceChildren();
  look();
}

async function press(button, message, data) {
  button.disabled = true;
  const answer = await post(addresses.act, { person: me, act: "press", message, button: data });
  button.disabled = false;
  if (!answer) return;
  awaited.add(answer.query);
  tellAwaited();
  look();
}

async function follow(url) {
  const answer = await act("follow", { url });
  if (answer?.outside) toast(`Se abriría ${answer.outside}`);
}

function followLink(event) {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  follow(link.getAttribute("href"));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copiado");
  } catch {
    $("#composer").text.value = text;
  }
}

function tellAwaited() {
  for (const [query, answer] of Object.entries(answers)) if (awaited.delete(query)) tell(answer);
}

function tell(answer) {
  if (!answer.text) return;
  if (!answer.show_alert) return toast(answer.text);
  $("#alert p").textContent = answer.text;
  $("#alert").showModal();
}

function toast(text) {
  $("#toast").textContent = text;
  $("#toast").classList.add("on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $("#toast").classList.remove("on"), TOAST_MS);
}

$("#composer").onsubmit = (event) => {
  event.preventDefault();
  const field = event.target.text;
  if (field.value.trim()) act("say", { text: field.value });
  field.value = "";
};
for (const button of document.querySelectorAll("[data-send]")) button.onclick = () => act(button.dataset.send);
$("#newcomer").onsubmit = async (event) => {
  event.preventDefault();
  const made = await post(addresses.people, { name: event.target.name.value });
  event.target.reset();
  if (made) choose(made.id);
};
$("#invitation").onclick = (event) => { event.preventDefault(); follow(event.target.getAttribute("href")); };
setInterval(look, POLL_MS);
look();
