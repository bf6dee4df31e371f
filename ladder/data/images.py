"""Images in the folders of a zip, a folder for each class, as small grey squares."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from ladder.arrays import Numbers
from ladder.data.columns import SPLIT_WORDS
from ladder.data.packed import Zip, shown, told
from ladder.data.source import MOST_SIDE, ArraySource, Reading
from ladder.problems import Problem

MOST_IMAGES = 60_000
MOST_VALUES = 64_000_000  # pixels of all images, when they are small
MOST_PIXELS = 32_000_000  # of an image in the zip
SIDES = (8, 16, 28, 32)  # one of these, unless a side is given
LOST = 0.05  # of an image's variance: no more is lost by the chosen side

_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
_UNLABELLED = ("unlabelled", "unlabeled")
_SAMPLE = 200  # images by which a side is chosen


@dataclass(frozen=True, order=True)
class _Place:
    """Where an image lies: whether among the test images, its class ("" for none) and its path in the zip. Images for
    validation are test images."""

    test: bool
    label: str
    path: str


def has_images(archive: Zip) -> bool:
    """Returns whether there is an image in a zip, by the files' names."""
    return any(map(is_image, archive.paths))


def is_image(path: str) -> bool:
    """Returns whether a file is an image, by its name."""
    return path.lower().endswith(_ENDINGS)


def read(archive: Zip, options: Reading) -> ArraySource:
    """Returns the images in class folders, test rows included, in the order of their paths; files of other kinds are
    left aside. All become grey squares of `options.side` pixels, or of the smallest of SIDES that loses LOST of the
    images' variance at most; an image that is no square keeps its proportions, and the rest has its edge's grey.

    Raises Problem images_many; images_place (an image is in no class folder) or images_none (no image is in one),
    neither with `options.classless`; images_unreadable, images_pixels, images_values, or reading_damaged; where one
    image is meant, with its path.
    """
    paths = [path for path in archive.paths if is_image(path)]
    if len(paths) > MOST_IMAGES:
        raise Problem("images_many", file=archive.name, found=len(paths), high=MOST_IMAGES)
    places = sorted(_found(paths) if options.classless else _places(archive.name, paths))
    side = options.side or _side(archive, places)
    if len(places) * side**2 > MOST_VALUES:
        raise Problem("images_values", file=archive.name, side=side, high=MOST_VALUES)
    x = np.empty((len(places), side, side), np.uint8)
    for n, place in enumerate(places):
        x[n] = fitted(_image(archive, place.path, side), side)
    y = np.array([place.label for place in places])
    test = np.array([place.test for place in places])
    names = tuple(sorted(set(y.tolist()) - {""}))
    found = {"format": "images", "file": archive.name, "side": side}
    x_test, y_test = (x[test], y[test]) if test.any() else (None, None)
    files = tuple(shown(place.path) for place in places)  # training images come first
    return ArraySource(x[~test], y[~test], x_test, y_test, True, names, found, files)


def _found(paths: Sequence[str]) -> list[_Place]:
    """Returns where images lie that need no class; the name of the innermost folder may be one."""
    return [_Place(False, shown(PurePosixPath(path).parent.name), path) for path in paths]


def _places(file: str, paths: Sequence[str]) -> list[_Place]:
    """Returns the images' places. Folders that lie around all class folders are left out of account. Folders are parts
    of the data, such as train and test, where all of them have such names beside "unlabelled": "valid" beside "invalid"
    is a class. Raises Problem images_place or images_none."""
    folders = {path: PurePosixPath(path).parts[:-1] for path in paths}
    while all(len(parts) > 1 for parts in folders.values()):
        (outer, *others) = {parts[0] for parts in folders.values()}
        if others or outer.lower() in (*SPLIT_WORDS, *_UNLABELLED):
            break
        folders = {path: parts[1:] for path, parts in folders.items()}
    tops = {parts[0].lower() for parts in folders.values() if parts} - {*_UNLABELLED}
    places = [_place(file, path, parts, tops <= SPLIT_WORDS.keys()) for path, parts in folders.items()]
    if not any(place.label and not place.test for place in places):
        raise Problem("images_none", file=file)
    return places


def _place(file: str, path: str, folders: Sequence[str], parted: bool) -> _Place:
    """Returns the place of an image in these folders. `parted`: whether the outer one, unless it is for images without
    a class, says whether they test."""
    test, rest = False, folders
    if parted and folders and folders[0].lower() in SPLIT_WORDS:
        test, rest = SPLIT_WORDS[folders[0].lower()] == "test", folders[1:]
    if rest and rest[0].lower() in _UNLABELLED and not test:
        return _Place(test, "", path)
    if len(rest) != 1 or rest[0].lower() in _UNLABELLED:
        raise Problem("images_place", file=file, path=shown(path))
    return _Place(test, shown(rest[0]), path)


def _side(archive: Zip, places: Sequence[_Place]) -> int:
    """Returns the smallest of SIDES that loses LOST of the variance of a sample of images at most, on average over the
    images, and that need not be larger than the largest of them."""
    sample = [_image(archive, place.path, MOST_SIDE) for place in places[:: -(-len(places) // _SAMPLE)]]
    largest = max(max(image.size) for image in sample)
    for side in SIDES[:-1]:
        if side >= largest or np.mean([_lost(image, side) for image in sample]) <= LOST:
            return side
    return SIDES[-1]


def _lost(image: Image.Image, side: int) -> float:
    """Returns the share of an image's variance that is lost when it is scaled to `side` and back."""
    full = min(MOST_SIDE, max(image.size))
    before = fitted(image, full).astype(np.float32)
    after = fitted(Image.fromarray(fitted(image, side)), full)
    variance = float(before.var())
    return float(np.square(after - before).mean()) / variance if variance else 0.0


def _image(archive: Zip, path: str, side: int) -> Image.Image:
    """Returns an image of the zip in grey, on white where it is transparent; of a large one, a smaller one that is at
    least `side` wide and high. Raises Problem images_pixels, images_unreadable or reading_damaged."""
    content = archive.read(path)
    about = {"file": archive.name, "path": shown(path)}
    with told(Problem("images_unreadable", **about)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about what is odd in a file
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _reduced(Image.open(io.BytesIO(content), formats=_FORMATS), 4 * side)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Problem("images_pixels", high=MOST_PIXELS, **about) from error


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """Returns an opened image in grey, on white where it is transparent, scaled down to `side` where it is larger."""
    if image.width * image.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    image.draft("L", (side, side))  # a JPEG is scaled down while it is read
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = Image.fromarray((np.asarray(image.convert("I")).clip(0, 65535) // 257).astype(np.uint8))
    image = image.convert("RGBA" if image.has_transparency_data else "L")
    image.thumbnail((side, side))
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("L")
    return image


def fitted(image: Image.Image, side: int) -> Numbers:
    """Returns a grey image as (side, side) uint8, with its proportions; what it leaves free has the median grey of its
    edge."""
    scale = side / max(image.size)
    width, height = (max(1, round(scale * length)) for length in image.size)
    values = np.asarray(image)
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    square = Image.new("L", (side, side), int(np.median(edge)))
    small = image.resize((width, height), Image.Resampling.BICUBIC)
    square.paste(small, ((side - width) // 2, (side - height) // 2))
    return np.asarray(square)


def all_fitted(images: Numbers, side: int) -> Numbers:
    """Returns images (n, height, width) uint8 as (n, side, side), each as `fitted`."""
    return np.stack([fitted(Image.fromarray(one), side) for one in images])
