// Browsers refuse to start a worker for a page that is opened from a file, and the search of this site runs in one.
// For such pages this class stands in: it runs the worker's script in a hidden frame, whose window takes the place of the worker's own scope.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(script) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const scope = this.frame.contentWindow;
      scope.postMessage = (data) => this.receive(data);
      scope.importScripts = (...scripts) => {
        for (const each of scripts) this.load(each);
      };
      this.ready = this.load(script);
    }

    load(script) {
      const tag = this.frame.contentDocument.createElement("script");
      tag.src = new URL(script, document.baseURI);
      tag.async = false;
      const loaded = new Promise((done, failed) => {
        tag.onload = done;
        tag.onerror = () => failed(new Error(`The search could not load ${tag.src}`));
      });
      this.frame.contentDocument.body.append(tag);
      return loaded;
    }

    async postMessage(data) {
      await this.ready;
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
    }

    receive(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      this.onmessage?.(event);
    }

    terminate() {
      this.frame.remove();
    }
  };
}
