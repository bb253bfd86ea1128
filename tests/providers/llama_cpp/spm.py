"""The tiny model with another kind of vocabulary: pieces with scores and single bytes, as in Llama 2 and Gemma."""

from __future__ import annotations

import string
from importlib import import_module
from pathlib import Path
from typing import Any

TEMPLATE = "{{ bos_token }}{% for message in messages %}[{{ message.role }}] {{ message.content }}{% endfor %}"


def write_spm_model(gguf: Path, target: Path) -> None:
    """Writes `gguf`'s weights with a SentencePiece vocabulary of the same size."""
    library: Any = import_module("gguf")
    reader = library.GGUFReader(gguf)
    writer = library.GGUFWriter(target, "qwen2")
    for field in reader.fields.values():
        if field.name.startswith("qwen2.") and field.name != "qwen2.vocab_size":
            writer.add_key_value(field.name, field.contents(), field.types[0])
    size = int(reader.fields["qwen2.vocab_size"].contents())
    kind = library.TokenType
    tokens = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
    words = [*string.printable.strip(), "▁", "é", "▁the", "▁a", '{"', '":', '",', '"}', "true", "null", "🚀"]
    tokens += [(word, kind.NORMAL) for word in dict.fromkeys(words)]
    tokens += [(f"▁word{number}", kind.NORMAL) for number in range(size - len(tokens))]
    writer.add_name("tiny spm")
    writer.add_file_type(library.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_scores([-float(number) for number in range(size)])
    writer.add_token_types([of for _, of in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
