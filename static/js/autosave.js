// Saves two seconds after the last change. What the server refuses stays on the page, and the page says so.
const PAUSE = 2000;

export class Autosave {
  // given: {address, collect, token, onSaved, onRefused, onConflict, line}
  constructor(given) {
    Object.assign(this, given);
    this.isDirty = false;
    this.isStopped = false;
    this.timer = 0;
    this.running = null;
  }

  change() {
    this.isDirty = true;
    if (this.isStopped) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), PAUSE);
    this.say("Not saved yet");
  }

  say(words, isWrong = false) {
    this.line.textContent = words;
    this.line.classList.toggle("is-wrong", isWrong);
  }

  // Saves now what is not saved; resolves to whether everything is.
  async save({ isForced = false } = {}) {
    window.clearTimeout(this.timer);
    if (this.running) await this.running;
    if (this.isStopped) return false;
    if (!this.isDirty && !isForced) return true;
    this.running = this.send();
    const isSaved = await this.running;
    this.running = null;
    return isSaved;
  }

  async send() {
    this.isDirty = false;
    this.say("Saving…");
    let answer;
    try {
      answer = await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify(this.collect()),
        redirect: "manual",
      });
    } catch (error) {
      return this.retry("Not saved: the server cannot be reached");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      return this.stop("You are signed out. Copy what you need, then sign in again.");
    }
    const said = await answer.json().catch(() => ({ error: `The server answered ${answer.status}.` }));
    if (answer.ok) {
      this.say(`Saved ${new Date(said.saved_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`);
      if (this.isDirty) this.change();
      this.onSaved(said);
      return true;
    }
    if (answer.status === 409 || answer.status === 404 || answer.status === 403) return this.stop(said.error);
    if (answer.status === 422 || answer.status === 400) {
      this.isDirty = true;
      this.say("Not saved", true);
      this.onRefused(said);
      return false;
    }
    return this.retry(`Not saved: ${said.error}`);
  }

  retry(words) {
    this.isDirty = true;
    this.say(words, true);
    this.timer = window.setTimeout(() => this.save(), 3 * PAUSE);
    return false;
  }

  stop(words) {
    this.isDirty = true;
    this.isStopped = true;
    this.say("Not saved", true);
    this.onConflict(words);
    return false;
  }
}
