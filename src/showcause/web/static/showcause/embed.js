// Puts a thread of comments under an article: a frame in a shadow root for each <showcause-comments>, and nothing else.
// The article's styles cannot reach the frame, the frame cannot reach the article. No cookie, no storage, no request
// to anybody but the server that this file came from. Without it, what stands inside the element is a plain link.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || customElements.get("showcause-comments")) return;
  const home = new URL(script.src).origin;
  const LINK = /^#comment-([0-9a-f]{32})$/;
  const MOST_HEIGHT = 500000;
  const LOOK = ":host{all:initial!important;display:block!important}" +
    "iframe{display:block;width:100%;border:0;color-scheme:normal}";

  /** Returns what the article says of itself; an attribute of the element comes first. */
  const about = (element) => {
    const canonical = document.querySelector("link[rel=canonical]");
    return {
      article: element.getAttribute("article"),
      address: element.getAttribute("address") || (canonical ? canonical.href : location.href.split("#")[0]),
      title: element.getAttribute("headline") || document.title,
      section: element.getAttribute("section"),
      lang: element.getAttribute("lang") || document.documentElement.lang.slice(0, 2),
      theme: element.getAttribute("theme"),
    };
  };

  /** Returns the id of the comment that the article's address names. */
  const linked = () => (LINK.exec(location.hash) || [])[1];

  class Comments extends HTMLElement {
    static observedAttributes = ["token"];

    constructor() {
      super();
      this.heard = (event) => this.hear(event);
      this.turned = () => linked() && this.lead(linked());
    }

    connectedCallback() {
      addEventListener("message", this.heard);
      addEventListener("hashchange", this.turned);
      if (this.frame) return; // moved within the page: the browser loads the frame again by itself
      const root = this.attachShadow({mode: "open"});
      if ("adoptedStyleSheets" in root) {
        const look = new CSSStyleSheet();
        look.replaceSync(LOOK);
        root.adoptedStyleSheets = [look];
      }
      this.frame = document.createElement("iframe");
      const language = this.getAttribute("lang") || document.documentElement.lang;
      this.frame.title = language.startsWith("fr") ? "Commentaires" : "Comments";
      this.frame.width = "100%";
      this.frame.height = "320";
      this.frame.setAttribute("frameborder", "0");
      this.frame.referrerPolicy = "strict-origin-when-cross-origin";
      this.frame.loading = linked() ? "eager" : "lazy";
      this.frame.addEventListener("load", () => this.greet());
      this.lead(linked());
      root.append(this.frame);
    }

    disconnectedCallback() {
      removeEventListener("message", this.heard);
      removeEventListener("hashchange", this.turned);
    }

    /** Hands on a newer token: they live for some minutes only. */
    attributeChangedCallback() {
      if (this.shown) this.greet();
    }

    /** Shows the thread, or the place of one comment in it. */
    lead(comment) {
      const asked = new URL("/comments/frame", home);
      const told = {...about(this), comment};
      for (const [name, said] of Object.entries(told)) if (said) asked.searchParams.set(name, said);
      this.wanted = Boolean(comment);
      this.frame.src = asked.href;
    }

    /** Tells the page in the frame who frames it; it answers nobody else. */
    greet() {
      const token = this.getAttribute("token");
      this.frame.contentWindow.postMessage({showcause: "greeting", token}, home);
    }

    /** Takes a height, and a place to be shown; only from the frame's own page. */
    hear(event) {
      const said = event.data;
      if (event.origin !== home || event.source !== this.frame.contentWindow) return;
      if (!said || said.showcause !== "comments") return;
      if (Number.isFinite(said.height)) {
        this.frame.height = String(Math.ceil(Math.min(Math.max(said.height, 0), MOST_HEIGHT)));
      }
      if (!Number.isFinite(said.at)) return;
      if (this.wanted || this.shown) {
        scrollTo(scrollX, scrollY + this.getBoundingClientRect().top + said.at - 16);
      }
      this.shown = true;
      this.wanted = false;
    }
  }
  customElements.define("showcause-comments", Comments);
})();
