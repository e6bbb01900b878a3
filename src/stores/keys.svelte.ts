// The one listener for keys. Single keys act only while no text field has focus; screens bring the handlers.
import { onMount } from 'svelte';
import { keyActs, pressedKeys, printKeys, type KeyAct, type KeyActId } from './key-acts';

export type KeyHandler = (event: KeyboardEvent, pressed: string) => void;
export type KeyHandlers = Partial<Record<KeyActId, KeyHandler>>;

const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
const sequenceMs = 1200;

class Keys {
  /** The user's own keys by act, from the settings. */
  own: Readonly<Record<string, string>> = $state.raw({});
  #layers: KeyHandlers[] = $state.raw([]);
  #pending = '';
  #pendingAt = 0;

  /** The keys of an act: own, else as delivered. */
  of(act: KeyActId): string {
    return this.own[act] ?? keyActs.find((known) => known.id === act)?.keys ?? '';
  }
  /** As printed on a button. */
  hint(act: KeyActId): string {
    return printKeys(this.of(act), mac);
  }
  /** In full, for the keys sheet. */
  printed(act: KeyAct & { id: KeyActId }): string {
    if (!this.own[act.id] && act.printed) return act.printed;
    return this.of(act.id)
      .split('|')
      .map((keys) => printKeys(keys, mac))
      .join(' or ');
  }
  /** Acts that do something here and now. */
  get active(): (KeyAct & { id: KeyActId })[] {
    return keyActs.filter((act) => this.#layers.some((layer) => layer[act.id]));
  }
  /** Adds handlers over those there are; returns the way to take them off again. */
  add(handlers: KeyHandlers): () => void {
    this.#layers = [...this.#layers, handlers];
    return () => (this.#layers = this.#layers.filter((layer) => layer !== handlers));
  }
  /** Does an act as if its key was pressed (the palette). */
  act(id: KeyActId): void {
    this.#handler(id)?.(new KeyboardEvent('keydown'), '');
  }
  can(id: KeyActId): boolean {
    return this.#handler(id) !== undefined;
  }
  listen(): () => void {
    const handle = (event: KeyboardEvent) => this.#handle(event);
    addEventListener('keydown', handle);
    return () => removeEventListener('keydown', handle);
  }

  #handler(id: KeyActId): KeyHandler | undefined {
    return this.#layers.findLast((layer) => layer[id])?.[id];
  }
  #handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const inField = isTextField(event.target);
    const modal = document.querySelector('dialog[open]') !== null;
    const pressed = pressedKeys(event);
    if (pressed.some((keys) => keys === 'Enter' || keys === 'Space') && isOperated(event.target)) return;
    const sequence = performance.now() - this.#pendingAt < sequenceMs ? this.#pending : '';
    this.#pending = '';
    for (const keys of pressed) {
      for (const full of sequence ? [`${sequence} ${keys}`, keys] : [keys]) {
        for (const act of keyActs as readonly (KeyAct & { id: KeyActId })[]) {
          if ((inField || modal) && !act.inFields) continue;
          if (!this.of(act.id).split('|').includes(full)) continue;
          const handler = this.#handler(act.id);
          if (!handler) continue;
          event.preventDefault();
          handler(event, keys);
          return;
        }
      }
      if (!inField && !modal && keyActs.some((act) => this.of(act.id).startsWith(`${keys} `))) {
        this.#pending = keys;
        this.#pendingAt = performance.now();
      }
    }
  }
}

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit', 'range', 'file', 'color'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
/** What Enter and Space already press by themselves. */
function isOperated(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a[href], summary, input, [role=option]') !== null;
}

export const keys = new Keys();

/** Handlers of the component being made, for as long as it lives. */
export function useKeys(handlers: KeyHandlers): void {
  onMount(() => keys.add(handlers));
}
