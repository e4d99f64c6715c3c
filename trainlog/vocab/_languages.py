"""Words of training logs in other languages, as the English that ``vocab`` and the console reader know.

``Validation loss`` is the same measure as ``Pérdida de validación``, ``验证集损失`` and ``検証損失``. Accents, case and the dot of
a Turkish i do not matter. Chinese and Japanese write words together: there the longest known words are cut out, and the
rest stays.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # kana, Chinese, hangul
#: English word -> words of Azerbaijani, French, German, Italian, Polish, Portuguese, Russian, Spanish and Turkish, folded.
_SPACED = {
    "epoch": "epoca epocas epoque epoche epochen epoka epoxa epox dovr donem эпоха эпохи эпоху",
    "step": "paso pasos passo etape schritt schritte krok adim addim шаг шаги",
    "iteration": "iteracion iteracao iterazione iteracja iterasyon iterasiya итерация",
    "batch": "lote батч",
    "loss": "perdida perdidas perda perdas perte pertes verlust perdita kayip kaybi itki itkisi потери потеря лосс custo",
    "train_loss": "trainingsverlust",
    "val_loss": "validierungsverlust",
    "test_loss": "testverlust",
    "accuracy": "exactitud exactitude acuracia accuratezza genauigkeit dokladnosc dogruluk dogrulugu deqiqlik deqiqliyi точность",
    "train_accuracy": "trainingsgenauigkeit",
    "val_accuracy": "validierungsgenauigkeit",
    "test_accuracy": "testgenauigkeit",
    "train": "entrenamiento treino treinamento entrainement apprentissage addestramento trening egitim telim обучение обучении "
    "обучения тренировочная тренировочной обучающая тренировка",
    "val": "validacion validacao validazione validierung walidacja walidacji dogrulama "
    "валидация валидации валидационная валидационной валидационные",
    "test": "prueba teste testo тест тесте тестовая тестовой",
    "lr": "lernrate",
    "error": "erreur fehler erro blad hata xeta ошибка",
    "mean": "promedio media medio moyenne moyen mittel mittlere durchschnittlich srednia ortalama orta средняя средний",
    "best": "mejor melhor meilleur meilleure bester beste bestes migliore najlepszy en_iyi лучшая лучший",
    "final": "finale endgultig финальная итоговая",
    "time": "tiempo zeit czas vaxt время",
}
#: Between such words alone: ``Perte de validation``. ``de`` and ``en`` may as well be the languages that are translated.
_BETWEEN = {"of": "de del di da do des du der die das d", "the": "la le el il o los las les os", "on": "en sur na auf su na на в для"}
LINKS = frozenset(_BETWEEN)
#: English word -> words of Chinese, Japanese and Korean; empty: says nothing.
_JOINED = {
    "epoch": "轮次 轮数 轮 轮数 周期 世代 时期 エポック 에포크 에폭",
    "step": "步数 步骤 步 ステップ 스텝",
    "iteration": "迭代次数 迭代 イテレーション 반복",
    "batch": "批次 バッチ 배치",
    "loss": "损失值 损失函数 损失 損失関数 損失 ロス 손실값 손실 로스",
    "accuracy": "准确率 准确度 正确率 精度 正解率 準確率 精准度 정확도",
    "train": "训练集 训练 訓練 学習 训练时 학습 훈련",
    "val": "验证集 验证 評価 评估 検証 校验 驗證 검증 평가",
    "test": "测试集 测试 測試 テスト 테스트 시험",
    "lr": "学习率 学習率 學習率 학습률",
    "ppl": "困惑度",
    "grad_norm": "梯度范数",
    "recall": "召回率 再現率 재현율",
    "precision": "精确率 適合率 정밀도",
    "error": "误差 誤差 오차",
    "mean": "平均 평균",
    "total": "总 合計 全体 총",
    "best": "最佳 最好 最优 最低 最高 最良 最小 最大 최고 최저 최적",
    "final": "最终 最終 최종",
    "time": "耗时 用时 时间 時間 시간",
    "": "完成 结束 開始 开始 終了 完了 集 上 的 の 값",
}
_PUNCTUATION = str.maketrans("：，（）＝％｜；、【】", ":,()=%|;,[]")
_DOTLESS = str.maketrans("ıə", "ie")


def _folded(word: str) -> str:
    """Without case and accents; letters that are none of a foreign word stay as they are."""
    low = word.lower().translate(_DOTLESS)
    return low if low.isascii() else "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))


def _table(words: dict[str, str]) -> dict[str, str]:
    return {word: english for english, several in words.items() for word in several.split()}


_ALONE, _LINKS, _PARTS = ({_folded(word): english for word, english in _table(_SPACED).items()}, _table(_BETWEEN), _table(_JOINED))
_ELIDED = re.compile(r"^[dl]['’](?=\w)")
_WORD = re.compile(r"[^\W_]+")


def in_english(words: Sequence[str]) -> list[str]:
    """Translate the words of one name or one line; what is not known stays as it is."""
    said = [_word(word) for word in words]
    if said == list(words) or not any(_ALONE.get(_folded(part)) for word in words for part in word.split("_")):
        return said
    return [_LINKS.get(_folded(word), word) for word in said]


def name_in_english(name: str) -> str:
    """Translate the name of a metric: ``Pérdida de validación`` -> ``loss val``."""
    return " ".join(word for word in in_english(name.split(" ")) if word not in LINKS)


@cache
def _part() -> re.Pattern[str]:
    """Any of the words that stand together; few logs have them."""
    return re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    """Translate one word, or one sign."""
    if not word.isascii() and re.search(f"[{_IDEOGRAPHS}]", word):
        parts, end = [], 0
        for found in _part().finditer(word):
            parts += [word[end : found.start()], _PARTS[found[0]]]
            end = found.end()
        return "_".join(filter(None, (*parts, word[end:]))).replace("__", "_") if end and any(parts[1::2]) else word
    if not word[:1].isalpha():
        return word.translate(_PUNCTUATION)
    word = _ELIDED.sub("", word)
    return _WORD.sub(lambda part: _ALONE.get(_folded(part[0]), part[0]), word)
