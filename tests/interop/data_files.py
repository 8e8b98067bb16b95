#!/usr/bin/env python3
"""Model and data files that the libraries themselves write, held against what `readiness baseline capture` says of them:
the format, and whether loading it runs code. Uses the libraries that this Python has, and names those that it has not.

usage: tests/interop/data_files.py PATH/TO/readiness [--show]

    python3 -m venv /tmp/files && /tmp/files/bin/pip install numpy safetensors onnx h5py gguf pyarrow joblib scikit-learn keras jax
    /tmp/files/bin/python tests/interop/data_files.py target/debug/readiness

Torch is as well that of Debian: apt-get install python3-torch, and /usr/bin/python3 in the second line.
"""

import bz2
import collections
import gzip
import importlib
import json
import lzma
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
import zlib

# What the findings mean: not there or not readable, another format than the name says, runs code, damaged, runs code that
# no model needs.
ABSENT, OTHER, CODE, DAMAGED, BEYOND = "BSL-050", "BSL-052", "BSL-053", "BSL-054", "BSL-055"


class Files:
    """Files of a folder, each with the format and the findings that it must have."""

    def __init__(self, folder):
        self.folder, self.wanted = folder, {}

    def want(self, name, form, *rules):
        """The file `name`, which the caller writes at the path that this returns, has these."""
        self.wanted[name] = (form, sorted(rules))
        return os.path.join(self.folder, name)

    def copy(self, source, name, form, *rules):
        """The same bytes by another name."""
        shutil.copy(os.path.join(self.folder, source), self.want(name, form, *rules))

    def cut(self, source, name, form, *rules, share=0.6):
        """The beginning of a file."""
        with open(os.path.join(self.folder, source), "rb") as whole:
            data = whole.read()
        with open(self.want(name, form, *rules), "wb") as out:
            out.write(data[: int(len(data) * share)])


class Evil:
    """A pickle of it calls a program when it is loaded."""

    def __reduce__(self):
        return os.system, ("true",)


def of_pickle(files):
    plain = {"weights": [1.0, 2.0], "names": ("a", "b"), "big": 1 << 70, "bytes": b"x" * 300, "set": {1, 2}}
    held = collections.OrderedDict(a=1)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for name, value, rule in [("plain", plain, CODE), ("held", held, CODE), ("evil", Evil(), BEYOND)]:
            with open(files.want(f"{name}-{protocol}.pkl", "pickle", rule), "wb") as out:
                pickle.dump(value, out, protocol)
    with open(files.want("several.pkl", "pickle", BEYOND), "wb") as out:
        for value in [plain, held, Evil()]:
            pickle.dump(value, out)
    files.copy("evil-4.pkl", "evil.pt", "pickle", BEYOND)
    files.copy("evil-2.pkl", "evil.safetensors", "pickle", OTHER, BEYOND)
    files.copy("evil-0.pkl", "evil.npy", "pickle", OTHER, BEYOND)
    files.cut("plain-4.pkl", "cut.pkl", "pickle", CODE, DAMAGED)
    for pack, name in [(gzip, "gz"), (bz2, "bz2"), (lzma, "xz")]:
        with pack.open(files.want(f"evil-{name}.pkl", None, CODE), "wb") as out:
            pickle.dump(Evil(), out)
    with open(files.want("evil-zlib.pkl", None, CODE), "wb") as out:
        out.write(zlib.compress(pickle.dumps(Evil()), 3))


def of_sqlite(files):
    base = sqlite3.connect(files.want("base.sqlite3", "sqlite"))
    base.execute("create table t (n)")
    base.executemany("insert into t values (?)", [(n,) for n in range(10_000)])
    base.commit()
    base.close()
    for size in [512, 65536]:
        sized = sqlite3.connect(files.want(f"pages-{size}.sqlite", "sqlite"))
        sized.execute(f"pragma page_size = {size}")
        sized.execute("create table t (n)")
        sized.close()
    coded = sqlite3.connect(files.want("utf16.sqlite", "sqlite"))
    coded.execute("pragma encoding = 'UTF-16le'")
    coded.execute("create table t (n)")
    coded.close()
    ahead = sqlite3.connect(files.want("wal.sqlite", "sqlite"))
    ahead.execute("pragma journal_mode = wal")
    ahead.execute("create table t (n)")
    ahead.commit()
    # Nothing was ever written to it: SQLite takes it for a database, and it holds none.
    empty = sqlite3.connect(files.want("empty.sqlite", None, ABSENT))
    empty.execute("select 1")
    empty.close()
    files.cut("base.sqlite3", "cut.sqlite3", "sqlite", DAMAGED)
    files.copy("base.sqlite3", "base.parquet", "sqlite", OTHER)
    return ahead


def of_numpy(files):
    import numpy

    arrays = {
        "floats": numpy.arange(12.0).reshape(3, 4), "fortran": numpy.asfortranarray(numpy.ones((3, 4), "f4")),
        "empty": numpy.zeros((0, 3)), "scalar": numpy.float64(1.5), "texts": numpy.array(["a", "long"]),
        "bytes": numpy.array([b"a", b"long"]), "times": numpy.array(["2026-01-01"], "M8[D]"),
        "bools": numpy.ones(3, bool), "complex": numpy.ones(3, complex), "big": numpy.ones(3, ">i8"),
        "record": numpy.zeros(4, [("a", "<f4"), ("Out", "<i8", (2,))]), "void": numpy.zeros(2, "V5"),
        "halves": numpy.ones(3, "f2"), "long": numpy.ones(2, numpy.longdouble),
        "wide": numpy.zeros(1, [(f"field_{n}", "<f4") for n in range(5000)]),
        "nested": numpy.zeros(2, [("a", [("b", "<f4"), ("c", "S3")])]),
        "umlaut": numpy.zeros(2, [("größe", "<f4")]),
    }
    for name, array in arrays.items():
        numpy.save(files.want(f"{name}.npy", "npy"), array)
    numpy.savez(files.want("arrays.npz", "npz"), **arrays)
    numpy.savez_compressed(files.want("packed.npz", "npz"), **arrays)
    objects = numpy.array([{"a": 1}, None], object)
    numpy.save(files.want("objects.npy", "npy", CODE), objects)
    numpy.save(files.want("mixed.npy", "npy", CODE), numpy.zeros(2, [("a", "<f4"), ("b", "O")]))
    numpy.save(files.want("evil-array.npy", "npy", BEYOND), numpy.array([Evil()], object))
    numpy.savez(files.want("objects.npz", "npz", CODE), a=arrays["floats"], b=objects)
    numpy.savez_compressed(files.want("evil.npz", "npz", BEYOND), a=arrays["floats"], b=numpy.array([Evil()], object))
    with open(files.want("array.pkl", "pickle", CODE), "wb") as out:
        pickle.dump(arrays["floats"], out, 5)
    files.cut("floats.npy", "cut.npy", "npy", DAMAGED, share=0.9)
    files.copy("floats.npy", "floats.h5", "npy", OTHER)
    files.copy("arrays.npz", "arrays.pt", "npz", OTHER)
    files.cut("arrays.npz", "cut.npz", None, DAMAGED)


def of_joblib(files):
    import joblib
    import numpy

    value = {"model": numpy.arange(1000.0), "names": ["a", "b"], "objects": numpy.array([1, "x"], object)}
    joblib.dump(value, files.want("plain.joblib", "pickle", CODE))
    joblib.dump([value, Evil()], files.want("evil.joblib", "pickle", BEYOND))
    for method in ["zlib", "gzip", "bz2", "lzma", "xz"]:
        joblib.dump([value, Evil()], files.want(f"evil-{method}.joblib", None, CODE), compress=(method, 3))


def of_sklearn(files):
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    points, classes = [[0, 1], [1, 0], [1, 1], [0, 0]], [0, 1, 1, 0]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(points, classes)
    with open(files.want("pipeline.pkl", "pickle", CODE), "wb") as out:
        pickle.dump(pipeline, out)
    joblib.dump(pipeline, files.want("pipeline.joblib", "pickle", CODE))
    forest = RandomForestClassifier(n_estimators=5).fit(points, classes)
    joblib.dump(forest, files.want("forest.joblib", "pickle", CODE))


def of_safetensors(files):
    import numpy
    from safetensors.numpy import save_file

    tensors = {"a": numpy.ones((2, 3), "f4"), "b": numpy.ones(5, "i8"), "none": numpy.zeros((0, 4), "f4"),
               "half": numpy.ones(3, "f2"), "flags": numpy.ones(3, bool), "scalar": numpy.array(1.0, "f8")}
    save_file(tensors, files.want("model.safetensors", "safetensors"), metadata={"format": "np", "x": "y"})
    save_file({}, files.want("none.safetensors", "safetensors"))
    files.cut("model.safetensors", "cut.safetensors", "safetensors", DAMAGED)
    files.copy("model.safetensors", "model.gguf", "safetensors", OTHER)
    files.copy("model.safetensors", "pytorch_model.bin", "safetensors", OTHER)


def of_onnx(files):
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def model(**options):
        weight = numpy_helper.from_array(numpy.ones((40, 40), "f4"), "w")
        sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 40]) for name in ["x", "y"]]
        graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", sides[:1], sides[1:], [weight])
        return helper.make_model(graph, **options)

    onnx.save(model(), files.want("model.onnx", "onnx"))
    onnx.save(model(producer_name="somebody", doc_string="words"), files.want("named.onnx", "onnx"))
    for version in [3, 7, 10]:
        opsets = [helper.make_opsetid("", 11), helper.make_opsetid("com.example", 1)]
        onnx.save(model(ir_version=version, opset_imports=opsets), files.want(f"ir-{version}.onnx", "onnx"))
    onnx.save(model(), files.want("outside.onnx", "onnx"), save_as_external_data=True, all_tensors_to_one_file=True,
              location="outside.data", size_threshold=0)
    files.cut("model.onnx", "cut.onnx", "onnx", DAMAGED)
    files.copy("model.onnx", "model.pt", "onnx", OTHER)


def of_h5py(files):
    import h5py
    import numpy

    for name, options in [("old", {"libver": "earliest"}), ("new", {"libver": "latest"}), ("swmr", {"libver": "v110"})]:
        with h5py.File(files.want(f"{name}.h5", "hdf5"), "w", **options) as out:
            out.create_dataset("weights", data=numpy.arange(10_000.0), chunks=True, compression="gzip")
            out.attrs["words"] = "Lambda"
    with h5py.File(files.want("headed.hdf5", "hdf5"), "w", userblock_size=512) as out:
        out.create_dataset("weights", data=numpy.arange(100.0))
    files.cut("old.h5", "cut.h5", "hdf5", DAMAGED)
    files.copy("old.h5", "old.keras", "hdf5", OTHER)


def of_gguf(files):
    import gguf
    import numpy

    for name, order in [("little", gguf.GGUFEndian.LITTLE), ("big", gguf.GGUFEndian.BIG)]:
        writer = gguf.GGUFWriter(files.want(f"{name}.gguf", "gguf"), "llama", endianess=order)
        writer.add_block_count(1)
        writer.add_name("tiny")
        writer.add_token_list(["a", "b", "c"])
        writer.add_token_scores([0.0, 1.0, 2.0])
        writer.add_custom_alignment(64)
        writer.add_tensor("token_embd.weight", numpy.ones((4, 32), "f4"))
        writer.add_tensor("half.weight", numpy.ones((4, 32), "f2"))
        if order == gguf.GGUFEndian.LITTLE:
            for kind in ["Q4_0", "Q5_1", "Q8_0", "Q4_K", "Q6_K", "BF16", "TQ1_0", "MXFP4"]:
                kind = gguf.GGMLQuantizationType[kind]
                try:
                    data = gguf.quants.quantize(numpy.ones((4, 256), "f4"), kind)
                except NotImplementedError:
                    block, size = gguf.GGML_QUANT_SIZES[kind]
                    data = numpy.zeros((4, 256 // block * size), "u1")
                writer.add_tensor(f"{kind.name}.weight", data, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    # The second version has the same layout.
    with open(os.path.join(files.folder, "little.gguf"), "rb") as whole:
        data = whole.read()
    with open(files.want("second.gguf", "gguf"), "wb") as out:
        out.write(data[:4] + (2).to_bytes(4, "little") + data[8:])
    files.cut("little.gguf", "cut.gguf", "gguf", DAMAGED)
    files.cut("big.gguf", "cut-big.gguf", "gguf", DAMAGED)
    files.copy("little.gguf", "little.safetensors", "gguf", OTHER)


def of_pyarrow(files):
    import pyarrow
    from pyarrow import feather, ipc, parquet

    table = pyarrow.table({"n": list(range(5000)), "text": [str(n) for n in range(5000)],
                           "lists": [[n] for n in range(5000)]})
    for name, options in [("plain", {}), ("zstd", {"compression": "zstd"}), ("none", {"compression": "none"}),
                          ("first", {"version": "1.0"}), ("second", {"data_page_version": "2.0", "use_dictionary": False}),
                          ("groups", {"row_group_size": 100}), ("sums", {"write_page_checksum": True}),
                          ("index", {"write_page_index": True})]:
        parquet.write_table(table, files.want(f"{name}.parquet", "parquet"), **options)
    parquet.write_table(table.slice(0, 0), files.want("empty.parquet", "parquet"))
    files.cut("plain.parquet", "cut.parquet", "parquet", DAMAGED)
    files.copy("plain.parquet", "plain.sqlite", "parquet", OTHER)
    feather.write_feather(table, files.want("arrow.feather", None))
    with ipc.new_stream(files.want("arrow.arrows", None), table.schema) as out:
        out.write_table(table)
    files.copy("arrow.feather", "arrow.parquet", None, OTHER)


def of_torch(files):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 4)

        def forward(self, x):
            return self.layer(x)

    state = Net().state_dict()
    for old in [False, True]:
        name = "old" if old else "zip"
        how = {"_use_new_zipfile_serialization": not old}
        torch.save(state, files.want(f"state-{name}.pt", "pytorch", CODE), **how)
        torch.save(torch.nn.Linear(4, 4), files.want(f"module-{name}.pth", "pytorch", CODE), **how)
        torch.save([state, Evil()], files.want(f"evil-{name}.pt", "pytorch", BEYOND), **how)
        torch.save(state, files.want(f"proto4-{name}.pt", "pytorch", CODE), pickle_protocol=4, **how)
    torch.save(state, files.want("pytorch_model-1.bin", "pytorch", CODE))
    torch.jit.script(Net()).save(files.want("script.pt", "pytorch", CODE))
    torch.jit.trace(Net(), torch.ones(1, 4)).save(files.want("trace.pt", "pytorch", CODE))
    files.copy("state-zip.pt", "state.safetensors", "pytorch", OTHER, CODE)
    files.copy("state-old.pt", "state.onnx", "pytorch", OTHER, CODE)
    files.cut("state-zip.pt", "cut.pt", None, DAMAGED)
    files.cut("state-old.pt", "cut-old.pt", "pytorch", CODE, DAMAGED)


def of_keras(files):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    plain = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(4)])
    coded = keras.Sequential([keras.layers.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
    for extension, form in [("keras", "keras"), ("h5", "hdf5")]:
        plain.save(files.want(f"plain-keras.{extension}", form))
        coded.save(files.want(f"lambda-keras.{extension}", form, CODE))
    plain.save_weights(files.want("keras.weights.h5", "hdf5"))
    files.copy("lambda-keras.keras", "lambda.h5", "keras", OTHER, CODE)


# Library to what writes files with it, and what it needs besides.
LIBRARIES = {
    "numpy": (of_numpy, []), "joblib": (of_joblib, ["numpy"]), "sklearn": (of_sklearn, ["joblib"]),
    "safetensors": (of_safetensors, ["numpy"]), "onnx": (of_onnx, ["numpy"]), "h5py": (of_h5py, ["numpy"]),
    "gguf": (of_gguf, ["numpy"]), "pyarrow": (of_pyarrow, []), "torch": (of_torch, []), "keras": (of_keras, ["jax"]),
}


def strangers(files):
    """What stands where a model should."""
    for name, data, rule in [("page.onnx", b"<!DOCTYPE html><html><body>404</body></html>", OTHER),
                             ("pointer.gguf", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", OTHER),
                             ("zeros.npy", bytes(4096), OTHER), ("nothing.parquet", b"", ABSENT)]:
        with open(files.want(name, None, rule), "wb") as out:
            out.write(data)
    with zipfile.ZipFile(files.want("words.pt", None, OTHER), "w") as out:
        out.writestr("readme.txt", "words")


def main():
    program = os.path.realpath(sys.argv[1])
    show = "--show" in sys.argv
    with tempfile.TemporaryDirectory(prefix="readiness-files-") as folder:
        files, absent = Files(folder), []
        of_pickle(files)
        strangers(files)
        held = of_sqlite(files)
        for library, (write, needed) in LIBRARIES.items():
            try:
                for name in [*needed, library]:
                    if name == "keras":
                        os.environ.setdefault("KERAS_BACKEND", "jax")
                    importlib.import_module(name)
            except ImportError:
                absent.append(library)
                continue
            write(files)
        with open(os.path.join(folder, "readiness.yaml"), "w") as out:
            listed = "".join(f"    - {{path: '{name}'}}\n" for name in files.wanted)
            out.write(f"baseline:\n  probes: {{business: [{{name: one, command: echo 1, read: number}}]}}\n  files:\n{listed}")
        done = subprocess.run([program, "baseline", "capture", "--format", "json"], cwd=folder, capture_output=True, text=True,
                              timeout=300)
        held.close()
        if done.returncode not in (1, 2):
            print(f"FAILED: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}", file=sys.stderr)
            sys.exit(1)
        report = json.loads(done.stdout)
        wrong = compare(files, report, show)
    print(f"{len(files.wanted)} files, {wrong} wrong; not installed: {', '.join(absent) or 'nothing'}")
    sys.exit(1 if wrong else 0)


def compare(files, report, show):
    """How many files are told otherwise than they are; each is printed."""
    seen = {file["path"]: file for file in report["details"]["files"]}
    wrong = 0
    for name, (form, rules) in files.wanted.items():
        file = seen.get(name, {})
        found = sorted({rule for rule, _ in file.get("problems", [])})
        is_right = file.get("format") == form and found == rules
        wrong += not is_right
        if show or not is_right:
            print(f"{'ok   ' if is_right else 'WRONG'} {name}: {file.get('format')} {found}; {file.get('about')}; "
                  f"{[words for _, words in file.get('problems', [])]}" + ("" if is_right else f"; wanted {form} {rules}"))
    return wrong


main()
