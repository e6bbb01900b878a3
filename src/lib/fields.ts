// A task's settings, declared once: form, defaults, ranges, help, JSON recipe and ConfigOf come from here.

interface FieldBase {
  title: string;
  /** Two lines at most, in the user's words, with the usual range. */
  help: string;
  fold: 'most' | 'training' | 'everything';
  /** Whether the setting does anything under these others; the form leaves it out where not. Absent = always. */
  when?: (config: Readonly<Record<string, unknown>>) => boolean;
}
export interface NumberField extends FieldBase {
  kind: 'number';
  default: number;
  min: number;
  max: number;
  step?: number;
  integer?: boolean;
  scale?: 'linear' | 'log';
  unit?: string;
}
export interface ChoiceField<V extends string = string> extends FieldBase {
  kind: 'choice';
  default: V;
  choices: readonly { value: V; title: string; help?: string }[];
}
export interface SwitchField extends FieldBase {
  kind: 'switch';
  default: boolean;
}
/** A short list of numbers, as [1,3] for n-grams. */
export interface NumbersField extends FieldBase {
  kind: 'numbers';
  default: readonly number[];
  min: number;
  max: number;
  length: { min: number; max: number };
  integer?: boolean;
  ascending?: boolean;
}
/** Shares of the rows that sum to at most 1. */
export interface SplitField extends FieldBase {
  kind: 'split';
  default: Readonly<Partial<Record<'train' | 'validation' | 'test', number>>>;
}
/** What a network starts from: one of the choices, or the id of a base (studio.bases). */
export interface BaseField extends FieldBase {
  kind: 'base';
  default: string;
  choices: readonly { value: string; title: string; help?: string }[];
}
/** Thin trained matrices beside frozen layers (LoRA, Hu et al. 2021); null = none. */
export interface LoraField extends FieldBase {
  kind: 'lora';
  default: null;
  /** Layers that can have them, by the last part of their names. */
  targets: readonly string[];
  /** What the form begins with when it is switched on. */
  start: LoraSetting;
}
export interface LoraSetting {
  rank: number;
  alpha: number;
  dropout: number;
  targets: string[];
}
export type Field = BaseField | LoraField | NumberField | ChoiceField | SwitchField | NumbersField | SplitField;
export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F extends Field> = F extends BaseField
  ? string
  : F extends LoraField
    ? LoraSetting | null
    : F extends NumberField
      ? number
      : F extends ChoiceField<infer V>
        ? V
        : F extends SwitchField
          ? boolean
          : F extends NumbersField
            ? number[]
            : F extends SplitField
              ? { train: number; validation: number; test: number }
              : never;
export type ConfigOf<FS extends Fields> = { -readonly [K in keyof FS]: ValueOf<FS[K]> };

export interface FieldProblem {
  field: string;
  message: string;
}
