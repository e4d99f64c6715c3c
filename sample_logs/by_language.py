"""Logs of frameworks for language, on the sentences of ``words.py``: see ``make.py``."""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import neutral, run
from words import sentences, translated

COLOURS = ["red", "green", "blue", "cold", "warm", "small", "large", "old", "new", "dry"]


def _labelled(count: int) -> list[tuple[str, bool]]:
    """Rows of words, told apart by two of them, a fifth of them wrongly."""
    rows = []
    for _ in range(count):
        words = random.choices(COLOURS, k=8)
        rows.append((" ".join(words), (words.count("red") + words.count("cold") > 1) != (random.random() < 0.2)))
    return rows


def spacy(folder: Path) -> None:
    """``spacy train`` of a text classifier."""
    import spacy as library
    from spacy.tokens import DocBin

    random.seed(0)
    nlp = library.blank("en")
    with tempfile.TemporaryDirectory() as root:
        for name, count in (("train", 150), ("dev", 60)):
            corpus = DocBin()
            for text, first in _labelled(count):
                document = nlp(text)
                document.cats = {"A": float(first), "B": float(not first)}
                corpus.add(document)
            corpus.to_disk(f"{root}/{name}.spacy")
        command = [sys.executable, "-m", "spacy", "init", "config", "--pipeline", "textcat", f"{root}/config.cfg"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        options = {"--output": "out", "--paths.train": "train.spacy", "--paths.dev": "dev.spacy"}
        paths = [part for option, path in options.items() for part in (option, f"{root}/{path}")]
        steps = ("--training.max_steps", "400", "--training.eval_frequency", "20")
        run(folder / "train.log", "python", "-m", "spacy", "train", f"{root}/config.cfg", *paths, *steps, hidden=(root,))


def flair(folder: Path) -> None:
    """Flair's ModelTrainer on a text classifier: its training.log and loss.tsv."""
    import torch
    from flair.data import Corpus, Sentence
    from flair.datasets import SentenceDataset
    from flair.embeddings import DocumentRNNEmbeddings, OneHotEmbeddings
    from flair.models import TextClassifier
    from flair.trainers import ModelTrainer

    random.seed(0)
    torch.manual_seed(0)
    sets = []
    for count in (60, 40, 20):
        rows = [(Sentence(text), first) for text, first in _labelled(count)]
        for sentence, first in rows:
            sentence.add_label("kind", "a" if first else "b")
        sets.append(SentenceDataset([sentence for sentence, _ in rows]))
    corpus = Corpus(*sets)
    embeddings = DocumentRNNEmbeddings([OneHotEmbeddings.from_corpus(corpus, embedding_length=16)], hidden_size=32)
    model = TextClassifier(embeddings, label_type="kind", label_dictionary=corpus.make_label_dictionary("kind"))
    with tempfile.TemporaryDirectory() as root:
        ModelTrainer(model, corpus).train(root, learning_rate=0.1, mini_batch_size=16, max_epochs=20)
        shutil.copy(Path(root) / "training.log", folder / "flair.log")
        neutral(folder / "flair.log", root)


def _parallel(root: str) -> None:
    for name, seed, count in (("train", 0, 120), ("dev", 1, 40), ("test", 2, 20)):
        texts = sentences(count, seed)
        Path(root, f"{name}.en").write_text("\n".join(texts) + "\n")
        Path(root, f"{name}.xx").write_text("\n".join(map(translated, texts)) + "\n")


def joeynmt(folder: Path) -> None:
    """JoeyNMT: its train.log and validations.txt."""
    with tempfile.TemporaryDirectory() as root:
        _parallel(root)
        for name, texts in (("src", sentences(400)), ("trg", list(map(translated, sentences(400))))):
            vocabulary = ["<unk>", "<pad>", "<s>", "</s>", *sorted({word for text in texts for word in text.split()})]
            Path(root, f"{name}.txt").write_text("\n".join(vocabulary) + "\n")
        side = "{lang: %s, max_length: 30, level: word, voc_file: %s}"
        coder = "{type: transformer, num_layers: 1, num_heads: 2, embeddings: {embedding_dim: 32}, hidden_size: 32, ff_size: 64}"
        Path(root, "config.yaml").write_text(f"""
name: sample
joeynmt_version: 2.3.0
model_dir: {root}/model
use_cuda: False
random_seed: 0
data:
  task: MT
  train: {root}/train
  dev: {root}/dev
  test: {root}/test
  dataset_type: plain
  src: {side % ("en", f"{root}/src.txt")}
  trg: {side % ("xx", f"{root}/trg.txt")}
testing: {{beam_size: 1, eval_metrics: [bleu], batch_size: 20, batch_type: sentence}}
training: {{optimizer: adam, learning_rate: 0.002, scheduling: noam, learning_rate_factor: 1, learning_rate_warmup: 50, batch_size: 12,
  batch_type: sentence, epochs: 20, loss: crossentropy, validation_freq: 10, logging_freq: 5, normalization: tokens,
  print_valid_sents: [0]}}
model:
  encoder: {coder}
  decoder: {coder}
""")
        subprocess.run([sys.executable, "-m", "joeynmt", "train", f"{root}/config.yaml"], check=True)
        shutil.copy(Path(root, "model", "validations.txt"), folder / "validations.txt")
        shutil.copy(Path(root, "model", "train.log"), folder / "train.log")
        neutral(folder / "train.log", root)


def opennmt(folder: Path) -> None:
    """OpenNMT-py's ``onmt_train``."""
    with tempfile.TemporaryDirectory() as root:
        _parallel(root)
        Path(root, "config.yaml").write_text(f"""
save_data: {root}/run
src_vocab: {root}/run.vocab.src
tgt_vocab: {root}/run.vocab.tgt
data:
  corpus_1: {{path_src: {root}/train.en, path_tgt: {root}/train.xx}}
  valid: {{path_src: {root}/dev.en, path_tgt: {root}/dev.xx}}
save_model: {root}/model
train_steps: 200
valid_steps: 20
report_every: 10
batch_size: 16
valid_batch_size: 16
optim: adam
learning_rate: 0.002
encoder_type: rnn
decoder_type: rnn
hidden_size: 32
word_vec_size: 32
layers: 1
num_workers: 0
bucket_size: 256
seed: 1
""")
        scripts = Path(sys.executable).parent
        subprocess.run([scripts / "onmt_build_vocab", "-config", f"{root}/config.yaml", "-n_sample", "200"], check=True)
        run(folder / "opennmt.log", "onmt_train", "-config", f"{root}/config.yaml", hidden=(root,))


def _model(root: str) -> None:
    """A language model of 30,000 weights that nobody trained, and a tokenizer of bytes."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<eos>", "<pad>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(sentences(200), trainer)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>", pad_token="<pad>").save_pretrained(root)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.LlamaConfig(vocab_size=300, **sizes, eos_token_id=0, pad_token_id=1, tie_word_embeddings=True)
    transformers.LlamaForCausalLM(config).save_pretrained(root)


def mlx_lm(folder: Path) -> None:
    """``mlx_lm lora``, all weights; mlx runs on a CPU too."""
    with tempfile.TemporaryDirectory() as root:
        _model(f"{root}/model")
        Path(root, "data").mkdir()
        for name, seed, count in (("train", 0, 60), ("valid", 1, 30)):
            lines = [json.dumps({"text": text}) + "\n" for text in sentences(count, seed)]
            Path(root, "data", f"{name}.jsonl").write_text("".join(lines))
        options = "--train --fine-tune-type full --num-layers 2 --iters 200 --batch-size 4 --steps-per-report 5 --steps-per-eval 10"
        paths = ("--model", f"{root}/model", "--data", f"{root}/data", "--adapter-path", f"{root}/adapters")
        rate = ("--learning-rate", "1e-3")
        command = ("python", "-m", "mlx_lm", "lora", *paths, *options.split(), *rate)
        run(folder / "mlx_lm.log", *command, hidden=(root,))


def ms_swift(folder: Path) -> None:
    """ms-swift's ``swift sft``: its logging.jsonl."""
    with tempfile.TemporaryDirectory() as root:
        _model(f"{root}/model")
        rows = [{"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": text}]} for text in sentences(80)]
        Path(root, "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        options = f"""--model {root}/model --model_type llama --template dummy --tuner_type full --dataset {root}/data.jsonl
            --split_dataset_ratio 0.2 --num_train_epochs 10 --per_device_train_batch_size 8 --eval_steps 4 --logging_steps 2
            --learning_rate 1e-3 --max_length 64 --output_dir {root}/out --torch_dtype float32 --use_cpu true
            --dataloader_num_workers 0 --dataset_num_proc 1 --eval_strategy steps --save_steps 4"""
        subprocess.run([Path(sys.executable).with_name("swift"), "sft", *options.split()], check=True)
        [log] = Path(root).glob("out/*/logging.jsonl")
        shutil.copy(log, folder / "logging.jsonl")
        neutral(folder / "logging.jsonl", root)


def llamafactory(folder: Path) -> None:
    """LLaMA-Factory's trainer_log.jsonl."""
    with tempfile.TemporaryDirectory() as root:
        _model(f"{root}/model")
        Path(root, "data").mkdir()
        rows = [{"instruction": "Copy", "input": text, "output": text} for text in sentences(80)]
        Path(root, "data", "sample.json").write_text(json.dumps(rows))
        Path(root, "data", "dataset_info.json").write_text(json.dumps({"sample": {"file_name": "sample.json"}}))
        options = f"""model_name_or_path={root}/model stage=sft do_train=true finetuning_type=full dataset=sample
            dataset_dir={root}/data template=default cutoff_len=64 output_dir={root}/out logging_steps=2 save_steps=1000
            per_device_train_batch_size=8 learning_rate=1.0e-3 num_train_epochs=10 val_size=0.2 eval_strategy=steps eval_steps=4
            use_cpu=true report_to=none"""
        config = "".join(f"{name}: {value}\n" for name, value in (option.split("=") for option in options.split()))
        Path(root, "config.yaml").write_text(config)
        subprocess.run([Path(sys.executable).with_name("llamafactory-cli"), "train", f"{root}/config.yaml"], check=True)
        shutil.copy(Path(root, "out", "trainer_log.jsonl"), folder / "llamafactory_trainer_log.jsonl")
        neutral(folder / "llamafactory_trainer_log.jsonl", root)
