import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../src/contract/records';
import { torchFile, type TorchEntry } from '../../src/formats/testing/torch-file';
import { writeSafetensors } from '../../src/formats/safetensors';
import { fromBf16, fromF16, toBf16, toF16 } from '../../src/lib/half';
import { describeWithShared } from '../../src/lib/testing/shared';
import { Parameters } from '../ml/parameters';
import { bertVocabulary } from '../ml/tokenizer/testing/bert-tokenizer';
import { folderFiles } from './folder-files';
import { readFolder, type ReadFolder } from './read-folder';
import { filesOfFolder } from './testing/disk-folder';
import {
  asFiles,
  editJson,
  halfFile,
  tinyConfig,
  tinyFolder,
  tinyTensors,
  type TinyFiles,
} from './testing/tiny-folder';

const open = async (files: readonly File[]): Promise<ReadFolder> => readFolder((await folderFiles(files)).files);
const read = (files: TinyFiles): Promise<ReadFolder> => open(asFiles(files));

/** The numbers of the encoder by bare name, as trainers get them. */
async function numbersOf(folder: ReadFolder): Promise<TensorMap> {
  const { encoder } = await folder.load!();
  return encoder.declare(new Parameters()).exported({});
}

const expected = (tensors: TensorMap): TensorMap =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => /^(embeddings|encoder|transformer)\./.test(name)));

const refused = (files: TinyFiles, name: string, ...words: (string | RegExp)[]): Promise<void> =>
  expect(read(files)).rejects.toSatisfy((error: Error) => {
    expect(error.name).toBe(name);
    for (const word of words) expect(error.message).toMatch(word);
    return true;
  });

const without = (files: TinyFiles, ...names: string[]): TinyFiles => {
  for (const name of names) files.delete(name);
  return files;
};

describe('a folder that fits together', () => {
  it('says what it is and gives exactly the numbers of its file', async () => {
    const folder = await read(tinyFolder());
    expect(folder).toMatchObject({
      kind: 'transformer',
      architecture: 'bert',
      shape: { hidden: 8, layers: 2, heads: 2, vocabulary: bertVocabulary.length, maxLength: 40 },
    });
    expect(folder.labels).toBeUndefined();
    const tensors = tinyTensors();
    const count = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
    expect(folder.parameters).toBe(count);
    const ofEncoder = Object.values(expected(tensors)).reduce((sum, { data }) => sum + data.length, 0);
    expect(folder.shape.encoderParameters).toBe(ofEncoder);
    expect(await numbersOf(folder)).toEqual(expected(tensors));
    const { encoder } = await folder.load!();
    expect([...encoder.tokenize(['a b'], 10).ids]).toEqual([2, 5, 6, 3]);
  });

  it('may lie below its own name, in a zip, or in a zip below its name, with what archives bring along', async () => {
    const plain = await numbersOf(await read(tinyFolder()));
    const packed = (prefix: string): File => {
      const entries = [...tinyFolder()].map(([name, content]) => [
        prefix + name,
        typeof content === 'string' ? new TextEncoder().encode(content) : content,
      ]);
      const zip = zipSync({ ...Object.fromEntries(entries), '__MACOSX/._config.json': Uint8Array.of(0) });
      return new File([new Uint8Array(zip)], 'model.zip');
    };
    for (const files of [asFiles(tinyFolder(), 'some/model/'), [packed('')], [packed('model/')]])
      expect(await numbersOf(await open(files))).toEqual(plain);
    expect((await folderFiles(asFiles(tinyFolder(), 'some/model/'))).name).toBe('model');
  });

  it('keeps only the files that are used', async () => {
    const files = tinyFolder().set('README.md', '# hello').set('training_args.bin', 'x').set('vocab.txt', 'a');
    const { files: kept } = await read(files);
    expect(kept.map(({ path }) => path).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('may have 16-bit numbers of both kinds', async () => {
    const tensors = expected(tinyTensors());
    for (const [format, to, from] of [
      ['F16', toF16, fromF16],
      ['BF16', toBf16, fromBf16],
    ] as const) {
      const found = await numbersOf(
        await read(tinyFolder().set('model.safetensors', halfFile(tinyTensors(), format, to))),
      );
      for (const [name, { data }] of Object.entries(tensors))
        expect(found[name]!.data).toEqual(Float32Array.from(data, (value) => from(to(value))));
    }
  });

  it('may be a classifier, with labels from config.json or from label_map.json', async () => {
    const classifier = { ...tinyConfig, architectures: ['BertForSequenceClassification'] };
    const named = { ...classifier, id2label: { 0: 'up', 1: 'down', 2: 'still' } };
    const folder = await read(tinyFolder(named));
    expect(folder.labels).toEqual(['up', 'down', 'still']);
    const { imported } = await folder.load!();
    expect(imported!.head!['classifier.weight']!.data).toEqual(tinyTensors(named)['classifier.weight']!.data);
    const madeUp = { ...classifier, id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' } };
    for (const map of [
      { 0: 'x', 1: 'y', 2: 'z' },
      { x: 0, y: 1, z: 2 },
      ['x', 'y', 'z'],
      { id2label: { 0: 'x', 1: 'y', 2: 'z' } },
    ]) {
      const mapped = await read(tinyFolder(madeUp).set('label_map.json', JSON.stringify(map)));
      expect(mapped.labels).toEqual(['x', 'y', 'z']);
    }
    const kept = await read(tinyFolder(named).set('label_map.json', '["x","y","z"]'));
    expect(kept.labels).toEqual(['up', 'down', 'still']);
    await refused(tinyFolder(madeUp).set('label_map.json', '["x","y"]'), 'FormatError', 'names 2 labels', 'has 3');
    await refused(tinyFolder(madeUp).set('label_map.json', '{"x":0,"y":2}'), 'FormatError', 'no name for class 1');
  });
});

describe('weights in shards', () => {
  const parts = (): [TensorMap, TensorMap] => {
    const all = Object.entries(tinyTensors());
    return [Object.fromEntries(all.slice(0, 9)), Object.fromEntries(all.slice(9))];
  };
  const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
  const sharded = (index = true): TinyFiles => {
    const files = without(tinyFolder(), 'model.safetensors');
    parts().forEach((part, i) => files.set(names[i]!, new Uint8Array(writeSafetensors(part))));
    const weight_map = Object.fromEntries(
      parts().flatMap((part, i) => Object.keys(part).map((tensor) => [tensor, names[i]])),
    );
    return index ? files.set('model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map })) : files;
  };

  it('give the same numbers, with their index and without', async () => {
    for (const index of [true, false])
      expect(await numbersOf(await read(sharded(index)))).toEqual(expected(tinyTensors()));
  });

  it('are refused by the file that is missing, or that holds something else', async () => {
    for (const index of [true, false]) await refused(without(sharded(index), names[1]), 'FormatError', names[1]);
    const swapped = sharded();
    swapped.set(names[1], new Uint8Array(writeSafetensors({ other: Object.values(parts()[1])[0]! })));
    await refused(swapped, 'FormatError', names[1], 'is not in there');
    await refused(sharded().set('model.safetensors.index.json', '{}'), 'FormatError', 'weight_map');
  });
});

describe('a broken folder is refused by the piece that is wrong', () => {
  it('without config.json', () =>
    refused(without(tinyFolder(), 'config.json'), 'FormatError', 'no config.json', 'tokenizer.json'));
  it('with no files', () => expect(open([])).rejects.toMatchObject({ name: 'FormatError' }));
  it('with two files of one name', () =>
    expect(open([...asFiles(tinyFolder()), new File(['{}'], 'config.json')])).rejects.toMatchObject({
      name: 'FormatError',
      message: expect.stringContaining('two files called config.json') as string,
    }));
  it('with a path that leaves the folder', () =>
    expect(open([...asFiles(tinyFolder()), new File(['{}'], '../config.json')])).rejects.toMatchObject({
      name: 'FormatError',
    }));
  it('with a web page for config.json', () =>
    refused(tinyFolder().set('config.json', '<!doctype html>'), 'FormatError', 'config.json', 'web page'));
  it('of another type, with those that are read', () =>
    refused(
      editJson(tinyFolder(), 'config.json', (c) => (c['model_type'] = 'llama')),
      'UnsupportedError',
      'llama',
      'distilbert',
    ));
  it('of no type', () =>
    refused(
      editJson(tinyFolder(), 'config.json', (c) => delete c['model_type']),
      'FormatError',
      'model_type',
    ));

  it('with weights cut short anywhere', async () => {
    const whole = tinyFolder().get('model.safetensors') as Uint8Array<ArrayBuffer>;
    for (const length of [0, 4, 8, 100, whole.length - 1, whole.length >> 1])
      await refused(tinyFolder().set('model.safetensors', whole.slice(0, length)), 'FormatError', 'model.safetensors');
  });
  it('with a pointer of Git LFS', () =>
    refused(
      tinyFolder().set('model.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      'FormatError',
      'Git LFS',
    ));
  it('with a tensor of another name, and the name it most likely is', () => {
    const { 'encoder.layer.1.output.dense.weight': moved, ...rest } = tinyTensors();
    const tensors = { ...rest, 'encoder.layer.1.output.dens.weight': moved! };
    return refused(
      tinyFolder().set('model.safetensors', new Uint8Array(writeSafetensors(tensors))),
      'FormatError',
      'lack a tensor',
      '"encoder.layer.1.output.dense.weight" (there is "encoder.layer.1.output.dens.weight")',
    );
  });
  it('with fewer layers than config.json says', () =>
    refused(
      editJson(tinyFolder(), 'config.json', (c) => (c['num_hidden_layers'] = 3)),
      'FormatError',
      'lack 16 tensors',
      'encoder.layer.2.attention',
      'and 12 more',
    ));
  it('with a tensor of another shape', () =>
    refused(
      editJson(tinyFolder(), 'config.json', (c) => (c['intermediate_size'] = 32)),
      'FormatError',
      'encoder.layer.0.intermediate.dense',
      /\[16, 8\]/,
      /\[32, 8\]/,
    ));
  it('without weights', () =>
    refused(without(tinyFolder(), 'model.safetensors'), 'FormatError', 'no weights', 'model.safetensors'));
  it('with weights of other programs, by the line that converts them', async () => {
    const other = (name: string) => without(tinyFolder(), 'model.safetensors').set(name, 'x');
    await refused(other('tf_model.h5'), 'UnsupportedError', 'tf_model.h5', 'save_pretrained');
    await refused(other('adapter_model.safetensors'), 'UnsupportedError', 'LoRA', 'merge_and_unload');
  });
  it('without a tokenizer', () => refused(without(tinyFolder(), 'tokenizer.json'), 'FormatError', 'tokenizer.json'));
  it('with a tokenizer that is not read, by the line that makes one', () =>
    refused(
      without(tinyFolder(), 'tokenizer.json').set('vocab.json', '{}').set('merges.txt', ''),
      'UnsupportedError',
      'vocab.json',
      'AutoTokenizer',
    ));
  it('with a tokenizer of another model', () =>
    refused(
      tinyFolder({ ...tinyConfig, vocab_size: bertVocabulary.length - 1 }),
      'FormatError',
      `${bertVocabulary.length} tokens`,
      `${bertVocabulary.length - 1} rows`,
    ));
});

describe('vocab.txt without tokenizer.json', () => {
  const older = (settings: Record<string, unknown> = {}): TinyFiles =>
    without(tinyFolder(), 'tokenizer.json', 'tokenizer_config.json')
      .set('vocab.txt', `${bertVocabulary.join('\n')}\n`)
      .set('tokenizer_config.json', JSON.stringify(settings));

  it('becomes the same tokenizer', async () => {
    const texts = ['Hello, WORLD', 'lorem ipsum dolor', 'é東京 ?', '[MASK]'];
    const given = await (await read(tinyFolder())).load!();
    const made = await read(older());
    const opened = await made.load!();
    expect(opened.encoder.tokenize(texts)).toEqual(given.encoder.tokenize(texts));
    expect(made.files.map(({ path }) => path)).toContain('tokenizer.json');
    expect(made.files.map(({ path }) => path)).not.toContain('vocab.txt');
  });
  it('keeps capitals where the settings say so', async () => {
    const { tokenizer } = await (await read(older({ do_lower_case: false }))).load!();
    expect(tokenizer.body('A a')).toEqual([tokenizer.idOf('[UNK]'), tokenizer.idOf('a')]);
  });
  it('is refused where a special token is not in it', () =>
    refused(older().set('vocab.txt', 'a\nb\n[UNK]\n'), 'FormatError', /\[CLS\]/));
  for (const model of ['tiny-bert', 'tiny-mpnet', 'tiny-distilbert'])
    describeWithShared(model, `models/${model}/vocab.txt`, (file) => {
      it('becomes what transformers wrote as tokenizer.json', async () => {
        const folder = file.slice(0, -'/vocab.txt'.length);
        const wanted = (name: string): boolean =>
          /^(config|tokenizer_config|tokenizer)\.json$|^model\.|^vocab/.test(name);
        const all = filesOfFolder(folder, wanted);
        const made = (await open(all.filter(({ name }) => name !== 'tokenizer.json'))).files.find(
          ({ path }) => path === 'tokenizer.json',
        )!;
        const written = JSON.parse(await all.find(({ name }) => name === 'tokenizer.json')!.text()) as unknown;
        expect(JSON.parse(new TextDecoder().decode(await made.slice(0, made.bytes)))).toEqual(written);
      });
    });
});

describe('pytorch_model.bin', () => {
  const torch = (entries: Record<string, TorchEntry>): TinyFiles =>
    without(tinyFolder(), 'model.safetensors').set('pytorch_model.bin', torchFile(entries));
  const entries = (): Record<string, TorchEntry> =>
    Object.fromEntries(
      Object.entries(tinyTensors()).map(([name, { shape, data }]) => {
        const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
        return [`bert.${name}`, { storage: 'FloatStorage', shape, stride, bytes: new Uint8Array(data.buffer) }];
      }),
    );

  it('gives the same numbers, and is kept as safetensors', async () => {
    const folder = await read(torch(entries()));
    expect(await numbersOf(folder)).toEqual(expected(tinyTensors()));
    expect(folder.files.map(({ path }) => path)).toContain('model.safetensors');
    expect(folder.files.map(({ path }) => path)).not.toContain('pytorch_model.bin');
  });
  it('is refused with the line that converts it, or as what should not be run', async () => {
    const all = entries();
    const name = 'bert.encoder.layer.0.output.dense.weight';
    await refused(
      torch({ ...all, [name]: { ...all[name]!, stride: [1, 8] } }),
      'UnsupportedError',
      name,
      'safe_serialization=True',
    );
    await refused(torch({ ...all, [name]: { ...all[name]!, storage: 'Other' } }), 'FormatError', 'not run here');
    await refused(
      without(tinyFolder(), 'model.safetensors').set('pytorch_model.bin', Uint8Array.of(0x80, 2)),
      'UnsupportedError',
      'before 1.6',
      'safe_serialization=True',
    );
  });
});

describe('folders of sentence-transformers', () => {
  const sentence = (pooling: Record<string, unknown>, ...more: { type: string; path: string }[]): TinyFiles => {
    const type = (name: string) => `sentence_transformers.models.${name}`;
    const modules = [{ type: type('Transformer'), path: '' }, { type: type('Pooling'), path: '1_Pooling' }, ...more];
    return tinyFolder()
      .set('modules.json', JSON.stringify(modules))
      .set('1_Pooling/config.json', JSON.stringify(pooling))
      .set('sentence_bert_config.json', JSON.stringify({ max_seq_length: 16, do_lower_case: false }));
  };
  const normalise = { type: 'sentence_transformers.models.Normalize', path: '2_Normalize' };

  it('say how vectors are made', async () => {
    const cls = await read(sentence({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, normalise));
    expect(cls.shape.maxLength).toBe(16);
    expect(await cls.load!()).toMatchObject({ normalise: true, encoder: { pooling: 'cls', maxLength: 16 } });
    const mean = await read(sentence({ pooling_mode: 'mean' }));
    expect(await mean.load!()).toMatchObject({ normalise: false, encoder: { pooling: 'mean' } });
    expect(mean.files.map(({ path }) => path)).toContain('1_Pooling/config.json');
    const max = await read(sentence({ pooling_mode: 'max' }));
    expect(await max.load!()).toMatchObject({ encoder: { pooling: 'max' } });
  });
  it('may have their encoder below 0_Transformer', async () => {
    const files: TinyFiles = new Map([...tinyFolder()].map(([name, content]) => [`0_Transformer/${name}`, content]));
    files.set('modules.json', JSON.stringify([{ type: 'x.Transformer', path: '0_Transformer' }]));
    expect(await numbersOf(await read(files))).toEqual(expected(tinyTensors()));
  });
  it('are refused where a step is not computed here', async () => {
    await refused(
      sentence({ pooling_mode: 'mean' }, { type: 'sentence_transformers.models.Dense', path: '2_Dense' }),
      'UnsupportedError',
      'Dense',
    );
    await refused(sentence({ pooling_mode_weightedmean_tokens: true }), 'UnsupportedError', 'weightedmean');
  });
});

describe('a folder with an ONNX file only', () => {
  it('is a base that answers', async () => {
    const files = without(tinyFolder(), 'model.safetensors').set('onnx/model_quantized.onnx', 'onnx');
    const folder = await read(files);
    expect(folder).toMatchObject({
      kind: 'onnx',
      architecture: 'bert',
      load: null,
      shape: { hidden: 8, maxLength: 40 },
    });
    expect(folder.files.map(({ path }) => path)).toContain('onnx/model_quantized.onnx');
  });
  it('keeps one of several exports, and refuses one whose weights lie elsewhere', async () => {
    const files = without(tinyFolder(), 'model.safetensors')
      .set('onnx/model.onnx', 'o')
      .set('onnx/model_int8.onnx', 'on');
    const { files: kept } = await read(files);
    expect(kept.map(({ path }) => path).filter((path) => path.endsWith('.onnx'))).toEqual(['onnx/model_int8.onnx']);
    await refused(files.set('onnx/model_int8.onnx_data', 'x'), 'UnsupportedError', 'onnx/model_int8.onnx_data');
  });
});

describeWithShared('all-MiniLM-L6-v2 from its folder', 'models/all-MiniLM-L6-v2/config.json', (file) => {
  it('is read whole', async () => {
    const folder = await open(
      filesOfFolder(file.slice(0, -'/config.json'.length), (name) => !/expected|\.md$|onnx/.test(name)),
    );
    expect(folder).toMatchObject({ kind: 'transformer', shape: { hidden: 384, layers: 6, heads: 12, maxLength: 256 } });
    const opened = await folder.load!();
    expect(opened).toMatchObject({ normalise: true, encoder: { pooling: 'mean', maxLength: 256 } });
  });
});
