"""Makes tiny random models with the real libraries, and answers with folders that the studio exported.

One request a line on stdin, one answer a line on stdout, all JSON. Used by scripts/interop.mjs only.
"""

import json
import os
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
warnings.filterwarnings("ignore")

import torch
from peft import PeftModel
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertTokenizer,
    DistilBertConfig,
    DistilBertTokenizer,
    MPNetConfig,
    MPNetTokenizer,
    RobertaConfig,
    RobertaTokenizer,
)
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
torch.manual_seed(7)

LABELS = ["first", "second", "third"]
BERT_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
MPNET_MARKS = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"]


def pieces(corpus, marks):
    """A vocabulary of word-pieces as BertTokenizer expects it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=160, special_tokens=marks))
    return tokenizer.get_vocab()


def byte_pairs(corpus):
    """Vocabulary and merges over bytes as RobertaTokenizer expects them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=ROBERTA_MARKS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(corpus, trainer)
    content = json.loads(tokenizer.to_str())["model"]
    return content["vocab"], [tuple(pair) if isinstance(pair, list) else pair for pair in content["merges"]]


def family(name, corpus):
    """Configuration and fast tokenizer of a tiny model; 64 places for tokens."""
    size = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40)
    if name == "bert":
        vocab = pieces(corpus, BERT_MARKS)
        return BertConfig(vocab_size=len(vocab), max_position_embeddings=64, **size), BertTokenizer(vocab=vocab, model_max_length=64)
    if name == "distilbert":
        vocab = pieces(corpus, BERT_MARKS)
        config = DistilBertConfig(vocab_size=len(vocab), max_position_embeddings=64, dim=24, n_layers=2, n_heads=3, hidden_dim=40)
        return config, DistilBertTokenizer(vocab=vocab, model_max_length=64)
    if name == "roberta":
        vocab, merges = byte_pairs(corpus)
        ids = dict(pad_token_id=vocab["<pad>"], bos_token_id=vocab["<s>"], eos_token_id=vocab["</s>"])
        config = RobertaConfig(vocab_size=len(vocab), max_position_embeddings=66, type_vocab_size=1, **size, **ids)
        return config, RobertaTokenizer(vocab=vocab, merges=merges, model_max_length=64)
    vocab = pieces(corpus, MPNET_MARKS)
    config = MPNetConfig(vocab_size=len(vocab), max_position_embeddings=66, **size)
    return config, MPNetTokenizer(vocab=vocab, model_max_length=64)


def widen(model):
    """Numbers as large as trained ones: those of a fresh model are so small that any mistake would vanish in them."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def make(request):
    """Folders as the libraries write them: a bare encoder, a classifier, a SentenceTransformer; and a StaticEmbedding."""
    folder, corpus, name = request["folder"], request["corpus"], request["family"]
    at = lambda part: os.path.join(folder, part)
    if name == "static":
        tokenizer = Tokenizer.from_str(BertTokenizer(vocab=pieces(corpus, BERT_MARKS)).backend_tokenizer.to_str())
        # Rows that 8 bits with a scale each hold exactly, so that both sides compute with the same numbers.
        rows = torch.randint(-127, 128, (tokenizer.get_vocab_size(), 24)).float()
        rows[:, 0] = 127
        scales = torch.rand(rows.shape[0], 1) * 0.01 + 0.001
        SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=rows * scales), Normalize()]).save(at("sentence"))
        return {"folders": ["sentence"]}
    config, tokenizer = family(name, corpus)
    encoder = widen(AutoModel.from_config(config))
    encoder.save_pretrained(at("encoder"))
    tokenizer.save_pretrained(at("encoder"))
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    widen(AutoModelForSequenceClassification.from_config(config)).save_pretrained(at("classifier"))
    tokenizer.save_pretrained(at("classifier"))
    transformer = Transformer(at("encoder"), max_seq_length=48)
    pooling = Pooling(config.hidden_size, pooling_mode=request["pooling"])
    SentenceTransformer(modules=[transformer, pooling, Normalize()]).save(at("sentence"))
    return {"folders": ["encoder", "classifier", "sentence"]}


def mean_vectors(model, tokens):
    states = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None]
    return (states * mask).sum(1) / mask.sum(1)


def probabilities(logits, several):
    return torch.sigmoid(logits) if several else torch.softmax(logits, -1)


def labels_of(folder):
    with open(os.path.join(folder, "labels.json"), encoding="utf-8") as file:
        return json.load(file)["labels"]


def ask(request):
    """Vectors, or probabilities with the names of their classes."""
    kind, folder, texts = request["kind"], request["folder"], request["texts"]
    several = request.get("several", False)
    if kind == "sentence":
        model = SentenceTransformer(folder, device="cpu")
        values = torch.tensor(model.encode(texts, show_progress_bar=False))
        if not request.get("classes"):
            return {"values": values.tolist()}
        return {"values": probabilities(values, several).tolist(), "labels": labels_of(folder)}
    base = request.get("base")
    tokenizer = AutoTokenizer.from_pretrained(base or folder)
    length = {"max_length": request["maxLength"]} if "maxLength" in request else {}
    tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt", **length)
    if kind == "encoder":
        return {"values": mean_vectors(AutoModel.from_pretrained(folder).eval(), tokens).tolist()}
    if kind == "adapter-encoder":
        model = PeftModel.from_pretrained(AutoModel.from_pretrained(base), folder).eval()
        pooled = mean_vectors(model, tokens)
        return {"values": (pooled / pooled.norm(dim=1, keepdim=True)).tolist()}
    if kind == "adapter-classifier":
        labels = labels_of(folder)
        plain = AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(labels))
        model = PeftModel.from_pretrained(plain, folder).eval()
    else:
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
        several = model.config.problem_type == "multi_label_classification"
    return {"values": probabilities(model(**tokens).logits, several).tolist(), "labels": labels}


def main():
    # Libraries print to stdout, too, below Python as well; answers go where nobody else writes.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            with torch.inference_mode():
                answer = make(request) if request["do"] == "make" else ask(request)
        except Exception as error:  # said by the script beside the case
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
