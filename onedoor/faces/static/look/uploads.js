/* Files go up as soon as they are chosen, one after the other, each with how far it is. What a lost connection cuts off
   is tried again. Without this script the form sends the files. */

const WAITING = "等待上传";
const LOST = "网络断开，没有传完。";

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

class Uploads {
  constructor(place) {
    this.place = place;
    this.form = place.closest("form");
    this.lines = place.querySelector(".sending");
    this.queue = [];
    this.busy = false;
    this.held = null;
    place.querySelectorAll("input[type=file]").forEach((input) => {
      input.addEventListener("change", () => this.take(input));
    });
    this.form.addEventListener("submit", (event) => this.hold(event), true);
    window.addEventListener("online", () => this.again());
  }

  take(input) {
    [...input.files].forEach((file) => this.queue.push(this.line(file)));
    input.value = "";
    const way = this.form.querySelector(`input[type=radio][value=upload][name="${this.wayName()}"]`);
    if (way && this.queue.length) way.checked = true;
    this.next();
  }

  wayName() {
    const name = this.place.querySelector("input[type=file]").name;
    return name === "files" ? "way" : name.replace(/^files_/, "way_");
  }

  line(file) {
    const item = document.createElement("li");
    const words = document.createElement("p");
    const bar = document.createElement("progress");
    const button = document.createElement("button");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", `${file.name} 上传进度`);
    button.type = "button";
    button.className = "button second small";
    button.textContent = "重试";
    button.hidden = true;
    item.append(words, bar, button);
    this.lines.append(item);
    this.lines.hidden = false;
    const one = { file, item, words, bar, button, lost: false };
    button.addEventListener("click", () => this.retry(one));
    this.say(one, WAITING);
    return one;
  }

  say(one, text) {
    one.words.textContent = `${one.file.name}（${size(one.file.size)}）：${text}`;
  }

  next() {
    if (this.busy) return;
    if (!this.queue.length) {
      this.goOn();
      return;
    }
    this.busy = true;
    const one = this.queue.shift();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.form.querySelector("[name=csrfmiddlewaretoken]").value);
    document.getElementById(this.place.dataset.list).querySelectorAll("input[name^=kept_]").forEach((kept) => {
      body.append(kept.name, kept.value);
    });
    body.append("files", one.file, one.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", this.place.dataset.uploads);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      one.bar.value = Math.round((event.loaded / event.total) * 100);
      this.say(one, event.loaded < event.total ? `已上传 ${one.bar.value}%` : "正在检查");
    });
    request.addEventListener("load", () => this.answered(one, request));
    ["error", "timeout", "abort"].forEach((kind) => request.addEventListener(kind, () => this.failed(one, LOST, true)));
    request.timeout = 10 * 60 * 1000;
    this.say(one, "开始上传");
    request.send(body);
  }

  answered(one, request) {
    if (request.status === 200) {
      document.getElementById(this.place.dataset.list).innerHTML = request.responseText;
      one.item.remove();
      this.lines.hidden = !this.lines.children.length;
      this.busy = false;
      this.next();
    } else if (request.status === 422) {
      this.failed(one, "", false);
      one.words.textContent = request.responseText;
    } else if (request.status === 403) {
      this.failed(one, "登录已经过期，没有传成。请按页面下方的按钮，重新登录后再选一次。", false);
    } else if (request.status === 413) {
      this.failed(one, "文件太大，请压缩或分成几份再上传。", false);
    } else {
      this.failed(one, "没有传成，请重试；一直不行的，请到窗口交原件。", true);
    }
  }

  failed(one, words, lost) {
    one.lost = lost;
    one.bar.hidden = true;
    one.button.hidden = !lost;
    this.say(one, words);
    this.busy = false;
    this.next();
  }

  retry(one) {
    one.lost = false;
    one.bar.hidden = false;
    one.bar.value = 0;
    one.button.hidden = true;
    this.say(one, WAITING);
    this.queue.push(one);
    this.next();
  }

  again() {
    [...this.lines.children].forEach((item) => {
      const button = item.querySelector("button");
      if (!button.hidden) button.click();
    });
  }

  // Leaving the page would cut off what is on its way: the form is sent when everything has arrived.
  hold(event) {
    if (!this.busy) return;
    event.preventDefault();
    event.stopPropagation();
    this.held = event.submitter || this.form.querySelector("button");
    this.lines.scrollIntoView({ block: "center" });
  }

  goOn() {
    const button = this.held;
    this.held = null;
    if (button && !this.lines.children.length) this.form.requestSubmit(button);
  }
}

document.querySelectorAll("[data-uploads]").forEach((place) => {
  if (place.dataset.uploads) new Uploads(place);
});
